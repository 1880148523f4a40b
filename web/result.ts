/** The answer to a comparison, laid out. */
import type { FaceReport, Rate, Verification } from '../client/types.ts';
import { drawScale } from './distance-scale.ts';
import { make, svg } from './dom.ts';
import { cutCrop } from './facemarks.ts';
import { oneIn } from './words.ts';

export interface Images {
  readonly reference: HTMLImageElement;
  readonly probe: HTMLImageElement;
}

/** @returns the heading, for the focus */
export function showResult(
  card: HTMLElement,
  answer: Verification,
  rates: readonly Rate[],
  images: Images,
): HTMLElement {
  const { same, distance, far, reference, probe } = answer;
  const title = same ? 'Same person' : 'Different people';
  const heading = make('h2', { id: 'verdict', tabindex: -1 }, title);
  card.replaceChildren(
    verdict(same ? 'same' : 'different', heading, `at a false-accept rate of ${oneIn(far)}`),
    make(
      'div',
      { class: 'crops' },
      figure(images.reference, reference, 'Reference'),
      make('div', {}, make('p', { class: 'hint' }, 'distance'), strong(distance)),
      figure(images.probe, probe, 'Probe'),
    ),
    drawScale(answer),
    make('p', { class: 'hint' }, scoreWords(answer, rates)),
    details(reference, probe),
  );
  card.hidden = false;
  return heading;
}

/** A decision: an icon, a heading, a line under it. Not told by colour alone. */
export function verdict(
  kind: 'same' | 'different' | 'in' | 'out',
  heading: HTMLElement,
  text: string,
): HTMLElement {
  const yes = kind === 'same' || kind === 'in';
  const icon = svg('svg', { viewBox: '0 0 40 40', width: 40, height: 40, 'aria-hidden': 'true' });
  icon.append(
    svg('circle', { cx: 20, cy: 20, r: 17 }),
    svg('path', { d: yes ? 'M12 21l6 6 11-13' : 'M14 14l12 12M26 14l-12 12' }),
  );
  return make('div', { class: `verdict ${kind}` }, icon, make('div', {}, heading, line(text)));
}

function line(text: string): HTMLElement {
  return make('p', {}, text);
}

function strong(distance: number): HTMLElement {
  return make('p', { class: 'distance' }, distance.toFixed(3));
}

function figure(image: HTMLImageElement, face: FaceReport, text: string): HTMLElement {
  return make(
    'figure',
    {},
    cutCrop(image, face, `${text}: the aligned face`),
    make('figcaption', {}, text),
  );
}

function scoreWords({ score }: Verification, rates: readonly Rate[]): string {
  const rarest = Math.max(...rates.map((rate) => -Math.log10(rate.far)));
  if (score <= 0) return 'Any pair of different people comes this close (score 0).';
  const share = `${oneIn(10 ** -score)} pairs of different people`;
  const close = `come this close (score ${score.toFixed(2)})`;
  if (score >= rarest) return `${share}, or fewer, ${close}.`;
  return `About ${share} ${close}. That is not the probability that these two are different.`;
}

const QUALITY_HEADS = ['', 'Reference', 'Probe'];

function details(reference: FaceReport, probe: FaceReport): HTMLElement {
  const row = (name: string, value: (face: FaceReport) => string) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, name),
      make('td', {}, value(reference)),
      make('td', {}, value(probe)),
    );
  const degrees = (value: number) => `${Math.round(value)}°`;
  const rows = [
    row('Reliability', ({ quality }) => quality.reliability.toFixed(2)),
    row('Face width', ({ quality }) => `${Math.round(quality.faceWidth)} px`),
    row('Sharpness', ({ quality }) => quality.sharpness.toFixed(2)),
    row('Brightness', ({ quality }) => quality.exposure.toFixed(2)),
    row('Turned to their left', ({ quality }) => degrees(quality.yaw)),
    row('Looking up', ({ quality }) => degrees(quality.pitch)),
    row('Leaning to their left', ({ quality }) => degrees(quality.roll)),
    row('Detector’s confidence', ({ confidence }) => confidence.toFixed(2)),
  ];
  return make(
    'details',
    {},
    make('summary', {}, 'Quality of the pictures'),
    table('Measured on the aligned faces; poses are approximate', QUALITY_HEADS, rows),
  );
}

function table(caption: string, heads: readonly string[], rows: readonly Node[]): HTMLElement {
  const cells = heads.map((head) =>
    head === '' ? make('td') : make('th', { scope: 'col' }, head),
  );
  return make(
    'table',
    {},
    make('caption', {}, caption),
    make('thead', {}, make('tr', {}, ...cells)),
    make('tbody', {}, ...rows),
  );
}
