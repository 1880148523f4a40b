/** Result of a search: who each face is, or that it is nobody who is enrolled. */
import type { Candidate, Identification } from '../client/types.ts';
import { make, put } from './dom.ts';
import { cutCrop } from './facemarks.ts';
import { nameOf } from './names.ts';
import { verdict } from './result.ts';
import { oneIn, reasonWords } from './words.ts';

type Identified = Identification['faces'][number];

/** @returns the heading, for the focus */
export function showIdentified(
  card: HTMLElement,
  answer: Identification,
  image: HTMLImageElement,
): HTMLElement {
  const { faces } = answer;
  const known = faces.filter(({ subject }) => typeof subject === 'string').length;
  const heading = make('h2', { id: 'who-verdict', tabindex: -1 }, title(faces));
  put(
    card,
    verdict(known > 0 ? 'in' : 'out', heading, searchWords(answer)),
    make(
      'ul',
      { class: 'identified' },
      ...faces.map((face, i) => item(face, image, faces.length > 1 ? i + 1 : undefined)),
    ),
    answer.outdated > 0 &&
      make(
        'p',
        { class: 'hint' },
        `${answer.outdated} of ${answer.subjects} people were not searched: the network changed ` +
          'since they were enrolled.',
      ),
    make('p', { class: 'hint' }, rateWords(answer)),
  );
  card.hidden = false;
  return heading;
}

function title(faces: readonly Identified[]): string {
  if (faces.length === 1) return whoIs(faces[0] as Identified);
  const names = faces.flatMap(({ subject }) => (subject == null ? [] : [nameOf(subject)]));
  const unknown = faces.filter(({ subject }) => subject === null).length;
  const undecided = faces.length - names.length - unknown;
  const parts = [
    ...names,
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
    ...(undecided > 0 ? [`${undecided} not good enough to tell`] : []),
  ];
  return new Intl.ListFormat('en').format(parts);
}

function searchWords({ faces, subjects, outdated }: Identification): string {
  const searched = subjects - outdated;
  const people = searched === 1 ? '1 person' : `${searched.toLocaleString('en')} people`;
  return `${faces.length === 1 ? 'The face' : `${faces.length} faces`}, searched among ${people}`;
}

function rateWords({ fpir, basis }: Identification): string {
  const from = {
    measured: 'was measured for a gallery of this size',
    interpolated: 'is interpolated between two sizes of gallery that were measured',
    extrapolated: 'is extrapolated from the largest gallery that was measured',
  }[basis];
  return (
    `Of faces that are not enrolled, about ${oneIn(fpir)} is taken for an enrolled person. ` +
    `The threshold for this rate ${from}.`
  );
}

function whoIs({ subject }: Identified): string {
  if (subject === undefined) return 'Not good enough to tell';
  return subject === null ? 'Unknown' : nameOf(subject);
}

/** @param number of the face, as the marks have it; undefined for the only one */
function item(found: Identified, image: HTMLImageElement, number?: number) {
  const who = whoIs(found);
  const text = number === undefined ? 'Nearest in the gallery' : `Face ${number}: ${who}`;
  const colour = number === undefined ? '' : found.subject == null ? 'no' : 'yes';
  return make(
    'li',
    {},
    cutCrop(image, found.face, `The aligned face: ${who}`),
    make(
      'div',
      {},
      make('p', { class: colour }, make('strong', {}, text)),
      found.reasons
        ? make('p', { class: 'hint' }, reasonWords(found.reasons))
        : make('ol', { class: 'ranks' }, ...found.candidates.map(rank)),
    ),
  );
}

function rank({ subject, distance, threshold, match }: Candidate): HTMLElement {
  const limit = `${match ? 'within' : 'beyond'} ${threshold.toFixed(3)}`;
  return make(
    'li',
    {},
    make('span', { class: 'rank-name' }, nameOf(subject)),
    ' ',
    make('span', { class: 'hint' }, `distance ${distance.toFixed(3)}, ${limit}`),
  );
}
