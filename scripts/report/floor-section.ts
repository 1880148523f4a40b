/** The quality floor as measured by `floor`: its file, and its section of the model card. */
import type { FLOOR, SHARED } from '../../worker/face/quality/quality-floor.ts';
import type { FaceModelSha256 } from '../engine/model-folder.ts';
import { codes, integer, percent, rate, table } from './format.ts';

/** Pairs of different people. */
export interface FloorPairs {
  readonly pairs: number;
  /** Pairs at or under the threshold, the floor left out. */
  readonly sameWithout: number;
  /** Pairs that get a decision. */
  readonly answered: number;
  /** Pairs that are answered `same`. */
  readonly same: number;
}

/** Pictures made worse in one way. */
export interface FloorKind {
  readonly name: string;
  readonly pictures: number;
  /** Pictures in which a face was still found. */
  readonly found: number;
  /** Found ones that are refused by themselves, whatever they are compared with. */
  readonly belowFloor: number;
  /** Both pictures of this kind. */
  readonly both: FloorPairs;
  /** One of this kind, one as it is. */
  readonly one: FloorPairs;
}

export interface FloorRefusals {
  readonly pictures: number;
  readonly refused: number;
  readonly byReason: Readonly<Record<string, number>>;
}

/** `model/NAME/floor.json` */
export interface FloorFile extends FaceModelSha256 {
  readonly model: string;
  readonly sha256: string;
  readonly data: string;
  readonly limits: typeof FLOOR & { readonly shared: typeof SHARED };
  readonly far: number;
  readonly threshold: number;
  readonly people: number;
  readonly kinds: readonly FloorKind[];
  /** Pictures of the same people as they are. */
  readonly asTheyAre: FloorRefusals;
  readonly lfw?: FloorRefusals & {
    readonly pairs: number;
    readonly refusedPairs: number;
    readonly refusedGenuine: number;
  };
  readonly command: string;
  readonly gitRevision?: string | undefined;
}

export function floorTable(kinds: readonly FloorKind[]): string {
  return table(
    [
      'pictures',
      'face found',
      'refused alone',
      'pairs, both so',
      'same without floor',
      'same',
      'of those answered',
      'one so: same without floor',
      'same',
    ],
    kinds.map(({ name, pictures, found, belowFloor, both, one }) => [
      name,
      `${integer(found)} of ${integer(pictures)}`,
      integer(belowFloor),
      integer(both.pairs),
      share(both.sameWithout, both.pairs),
      share(both.same, both.pairs),
      both.answered === 0
        ? 'none answered'
        : `${share(both.same, both.answered)} of ${integer(both.answered)}`,
      share(one.sameWithout, one.pairs),
      share(one.same, one.pairs),
    ]),
  );
}

export function floorText(file: FloorFile): string {
  const { asTheyAre, lfw } = file;
  const lines = [
    `Pairs of different people of ${integer(file.people)} (${file.data}; of more where few faces are found), at FAR ${rate(file.far)}:`,
    '',
    floorTable(file.kinds),
    '',
    `Refused of their pictures as they are: ${refusedOf(asTheyAre)}.`,
  ];
  if (lfw) {
    const pairs = `${lfw.refusedPairs} of ${integer(lfw.pairs)} pairs (${lfw.refusedGenuine} of one person)`;
    lines.push(`Refused of LFW: ${refusedOf(lfw)}; ${pairs}.`);
  }
  return lines.join('\n');
}

function refusedOf({ pictures, refused, byReason }: FloorRefusals): string {
  const reasons = refused > 0 ? `: ${codes(byReason)}` : '';
  return `${refused} of ${integer(pictures)} (${percent(refused / pictures)})${reasons}`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : rate(part / whole);
}

/** Section of the model card. */
export function floorSection(file: FloorFile): string {
  return `### The quality floor

Pictures that tell little of a person lie near to each other whomever they show. Below a measured floor (\`low_quality\`) there is no decision: a picture that is too dark, burnt out, noisy, without any detail or of a face in profile is refused by itself; two pictures that are both blurred, both turned, or both show a mask or sunglasses, are refused as a pair. One such picture beside a good one is compared, since different people pass as one no more often then than with two good ones (the last columns: pairs of different people, one picture of the kind, one as it is). Pictures were made worse as scripts/quality/degradations.json says; coverings are drawn. The rates are of the pairs in which both faces are found.

${floorText(file)}

The rate *of those answered* is that among the pairs that still get a decision: in a few of these both faces are covered, and the classifier did not tell.

Measured by \`${file.command}\`.`;
}
