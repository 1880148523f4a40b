/** Result of a sorting: a row of faces for each person, and what could not be read. */
import type { Clusters } from '../client/types.ts';
import { make, put } from './dom.ts';
import { cutCrop } from './facemarks.ts';
import { oneIn, problemTitle } from './words.ts';

/** A picture as it was sent. */
export interface Ready {
  readonly name: string;
  readonly picture: Blob;
}

/** A file without a usable face, and why. */
export interface Failed {
  readonly name: string;
  readonly reason: string;
}

export interface Sorted {
  readonly ready: readonly Ready[];
  readonly failed: readonly Failed[];
  /** None where too few pictures could be read. */
  readonly answer?: Clusters;
}

interface Face {
  readonly group: number | null;
  /** Below the quality floor. */
  readonly isBelow: boolean;
  readonly name: string;
  readonly crop: HTMLCanvasElement;
}

/** @returns the heading, for the focus @throws the reason of `signal`, with nothing shown */
export async function showGroups(
  card: HTMLElement,
  { ready, failed, answer }: Sorted,
  signal: AbortSignal,
): Promise<HTMLElement> {
  const faces = answer ? await cutFaces(ready, answer) : [];
  signal.throwIfAborted();
  const people = Array.from({ length: answer?.groups ?? 0 }, (_, group) =>
    faces.filter((face) => face.group === group),
  ).sort((a, b) => b.length - a.length);
  const alone = faces.filter(({ group, isBelow }) => group === null && !isBelow);
  const below = faces.filter(({ isBelow }) => isBelow);
  const refused = (answer?.refused ?? []).map(({ image, code }) => ({
    name: (ready[image] as Ready).name,
    reason: problemTitle(code),
  }));
  const heading = make(
    'h2',
    { id: 'sort-verdict', tabindex: -1 },
    title(people.length, faces.length),
  );
  put(
    card,
    heading,
    answer !== undefined &&
      make(
        'p',
        { class: 'hint' },
        `Faces are grouped up to the threshold of a false-accept rate of ${oneIn(answer.far)}.`,
      ),
    ...people.map((of, i) => row(`Person ${i + 1}`, of)),
    alone.length > 0 && row('Resembles no other face', alone),
    below.length > 0 && row('Not good enough to tell', below),
    failures([...failed, ...refused]),
  );
  card.hidden = false;
  return heading;
}

function title(people: number, faces: number): string {
  if (faces === 0) return 'No faces to sort';
  if (people === 0) return 'Nobody appears twice';
  return people === 1
    ? 'One person appears more than once'
    : `${people} people appear more than once`;
}

/** The aligned faces, picture after picture, so that one at a time is decoded. */
async function cutFaces(ready: readonly Ready[], { faces }: Clusters): Promise<Face[]> {
  const cut: Face[] = [];
  for (const [index, { name, picture }] of ready.entries()) {
    const found = faces.filter(({ image }) => image === index);
    if (found.length === 0) continue;
    const address = URL.createObjectURL(picture);
    const image = make('img', { src: address });
    await image.decode();
    for (const { group, reasons, face } of found) {
      const crop = cutCrop(image, face, name);
      cut.push({ group, isBelow: reasons !== undefined, name, crop });
    }
    URL.revokeObjectURL(address);
  }
  return cut;
}

function row(name: string, faces: readonly Face[]): HTMLElement {
  const count = faces.length === 1 ? '1 face' : `${faces.length} faces`;
  return make(
    'section',
    { class: 'group' },
    make('h3', {}, `${name}: ${count}`),
    make(
      'ul',
      { class: 'faces' },
      ...faces.map(({ name, crop }) =>
        make('li', {}, make('figure', {}, crop, make('figcaption', { title: name }, name))),
      ),
    ),
  );
}

function failures(failed: readonly Failed[]): HTMLElement | false {
  if (failed.length === 0) return false;
  const count = failed.length === 1 ? '1 picture' : `${failed.length} pictures`;
  return make(
    'section',
    { class: 'group' },
    make('h3', {}, `Without a usable face: ${count}`),
    make(
      'ul',
      { class: 'plain failures' },
      ...failed.map(({ name, reason }) => make('li', {}, make('strong', {}, name), `: ${reason}`)),
    ),
  );
}
