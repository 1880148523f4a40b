/** Evaluations: which pictures and pairs, what each network makes of them. */
import { readFileSync } from 'node:fs';
import {
  type NetworkPoints,
  type Rate,
  type TemplateOperatingPoints,
  verificationPoints,
} from '../../worker/face/decision/calibration.ts';
import type { CascadeParameters } from '../../worker/face/decision/cascade.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import type { Embedding } from '../../worker/face/embedding/embed.ts';
import { isGood } from '../../worker/face/quality/enrolment-gates.ts';
import { undecidedReasons } from '../../worker/face/quality/quality-floor.ts';
import { reportGates } from '../calibrate/gate-report.ts';
import { stored } from '../calibrate/template-comparisons.ts';
import { type Pair, readPairs } from '../dataset/pair-list.ts';
import { picturesOfPeople, requirePairs, type Selection } from '../dataset/people.ts';
import { below, isPicture, openPictures, type Pictures, readPlace } from '../dataset/pictures.ts';
import { Mistake } from '../mistake.ts';
import type { Distance, Labelled } from '../statistics/all-pairs.ts';
import type { Judged } from '../statistics/folds.ts';
import { compareVal } from '../statistics/paired.ts';
import { distanceOfJoined, joined } from './cascade-pairs.ts';
import {
  cropsOf,
  embedAll,
  facesOf,
  type Gallery,
  type Refused,
  weaknessesOf,
} from './embed-all.ts';
import type { EmbedTask } from './embed-worker.ts';
import { type GroupReport, type Member, memberOf, reportGroups, thinned } from './groups.ts';
import { type Reported, reportAllPairs, reportPairs, type TemplateReport } from './set-report.ts';
import { distanceOfViews, faceOf, templateDistanceOfViews } from './views.ts';

/**
 * Rates that no impostor pair bears are left out: of LFW's 3,000 pairs 1e-3 is three, 1e-4 none.
 */
const PAIR_FARS = [1e-2, 1e-3, 1e-4] as const;
const ALL_PAIRS_FARS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5] as const;
/** Rates at which two networks are compared. */
const PAIRED_FARS = [1e-2, 1e-3, 1e-4] as const;

export interface Setup {
  /** Files of the networks; the first is the one whose thresholds are shipped. */
  readonly networks: readonly string[];
  /** Operating points of a cascade of the two networks, which then comes first, the slow network second. */
  readonly cascade?: CascadeParameters;
  /** Embeddings without mirror images: for comparison. */
  readonly plain?: boolean;
  /** Scale of the first network, or in a cascade of the slow one: early exit counts where it has one. */
  readonly points?: NetworkPoints | undefined;
  readonly faces: EmbedTask['faces'];
  readonly shipped: readonly Rate[];
  /** Operating points of templates: lists of pairs are then also judged with templates as references. */
  readonly templates?: readonly TemplateOperatingPoints[];
}

/** Pictures by each network, in a form of which `distance` measures pairs. */
interface Measurable {
  readonly vectors: ReadonlyMap<string, Float32Array>;
  readonly distance: Distance;
}

async function embedBy(
  { faces, networks, plain, cascade, points }: MeasureSetup,
  wanted: Parameters<typeof embedAll>[0],
): Promise<Omit<Gallery, 'views'> & { readonly measurables: readonly Measurable[] }> {
  const { views, ...gallery } = await embedAll(wanted, faces, networks);
  if (cascade === undefined) {
    const measurables = views.map((of, k) => {
      if (plain) return { vectors: cropsOf(of), distance: squaredDistance };
      if (k > 0 || points === undefined) {
        return { vectors: facesOf(of), distance: squaredDistance };
      }
      return { vectors: of, distance: distanceOfViews(points) };
    });
    return { ...gallery, measurables };
  }
  const [fast, slow] = views;
  if (fast === undefined || slow === undefined) throw new Error('a cascade is of two networks');
  const measurables = [
    { vectors: joined(fast, slow), distance: distanceOfJoined(cascade) },
    { vectors: slow, distance: distanceOfViews(cascade.slow) },
  ];
  return { ...gallery, measurables };
}

type MeasureSetup = Pick<Setup, 'networks' | 'faces' | 'plain' | 'cascade' | 'points'>;

/** LFW view 2 from a folder or tar archive that holds `pairs.txt` beside the people's folders. */
export function evaluateLfw(
  source: string,
  setup: Setup,
  name = 'LFW view 2',
): Promise<Reported[]> {
  const pictures = below(openPictures(source), 'pairs.txt');
  const list = pictures?.get('pairs.txt');
  if (pictures === undefined || list === undefined) {
    throw new Mistake(`--lfw: no pairs.txt in ${source}`);
  }
  const text = new TextDecoder().decode(readPlace(list));
  return evaluatePairs(readPairs(text), pictures, setup, name);
}

/** Any list of pairs over a folder or archive of pictures. */
export function evaluateList(file: string, source: string, setup: Setup, name: string) {
  return evaluatePairs(readPairs(readFileSync(file, 'utf8')), openPictures(source), setup, name);
}

async function evaluatePairs(
  pairs: readonly Pair[],
  pictures: Pictures,
  setup: Setup,
  set: string,
) {
  const files = new Set(pairs.flatMap(({ reference, probe }) => [reference, probe]));
  const wanted = new Map([...files].sort().map((file) => [file, pictures.get(file)]));
  const missing = [...wanted].filter(([, place]) => place === undefined);
  // One lost file is an error of its pair; most files lost are an error of the command.
  if (missing.length > wanted.size / 2) {
    throw new Mistake(
      `${missing.length} of ${wanted.size} pictures are not there, among them ${missing[0]?.[0]}`,
    );
  }
  const gallery = await embedBy(setup, wanted);
  const common = { set, pictures: wanted.size, refused: gallery.refused };
  return gallery.measurables.map(({ vectors, distance }, k) => {
    const judged = judge(pairs, vectors, gallery, distance);
    const shipped = k === 0 ? setup.shipped : [];
    const reported = reportPairs(judged, PAIR_FARS, { ...common, shipped });
    if (setup.templates === undefined || k > 0) return reported;
    const points = setup.templates.find(({ pictures }) => pictures === 1);
    const ofTemplate = points ? templateDistanceOfViews(points) : squaredDistance;
    const sealed = judge(pairs, vectors, gallery, ofTemplate, (one) => stored([faceOf(one)]));
    const shippedOfOne = points ? verificationPoints(points).rates : [];
    const { report } = reportPairs(sealed, PAIR_FARS, { ...common, shipped: shippedOfOne });
    const faces = facesOf(vectors);
    const templates: TemplateReport = {
      ...(report.accuracy && { accuracy: report.accuracy }),
      auc: report.auc,
      rates: report.rates,
      shipped: report.shipped,
      largestChange: largestChange(
        judge(pairs, faces, gallery),
        judge(pairs, faces, gallery, squaredDistance, (face) => stored([face])),
      ),
      gates: reportGates(gallery.qualities.values()),
    };
    return { ...reported, report: { ...reported.report, templates } };
  });
}

/** Most that a distance changes from one list to the other. */
function largestChange(from: readonly Judged[], to: readonly Judged[]): number {
  const changes = from.map(({ distance }, i) => Math.abs((to[i]?.distance ?? 0) - (distance ?? 0)));
  return Math.max(0, ...changes);
}

/**
 * Distances of pairs; undefined where a picture was refused, or both share a weakness.
 *
 * @param keep what becomes of the references before they are compared
 */
function judge(
  pairs: readonly Pair[],
  of: ReadonlyMap<string, Embedding>,
  { qualities }: Pick<Gallery, 'qualities'>,
  measure: Distance = squaredDistance,
  keep = (embedding: Embedding) => embedding,
): Judged[] {
  return pairs.map(({ same, fold, reference, probe }) => {
    const [a, b] = [of.get(reference), of.get(probe)];
    const [one, other] = [qualities.get(reference), qualities.get(probe)];
    const isDecided = one && other && undecidedReasons(one, other) === undefined;
    const distance = isDecided && a && b ? measure(keep(a), b) : undefined;
    return { same, fold, distance };
  });
}

/** Pictures of people, and which of them are good enough to enrol by. */
export interface PeopleSet extends Labelled {
  readonly good: readonly boolean[];
}

/** Pictures of people by each network, to make pairs of. */
export async function setsOf(
  source: string,
  selection: Selection,
  setup: MeasureSetup,
): Promise<{ readonly sets: readonly PeopleSet[]; readonly refused: readonly Refused[] }> {
  const named = picturesOfPeople(source, selection);
  const wanted = new Map(named.map(({ file, place }) => [file, place]));
  const gallery = await embedBy(setup, wanted);
  const sets = gallery.measurables.map(({ vectors, distance }) => ({
    embeddings: named.map(({ file }) => vectors.get(file)),
    persons: named.map(({ person }) => person),
    weaknesses: named.map(({ file }) => weaknessesOf(gallery, file)),
    good: named.map(({ file }) => isGood(gallery.qualities.get(file))),
    distance,
  }));
  return { sets, refused: gallery.refused };
}

/**
 * All pairs of a folder or archive whose paths tell the person.
 *
 * @throws Mistake where there are too few people or pictures
 */
export async function evaluateFolder(
  source: string,
  { person, only }: Selection,
  setup: Setup,
  set: string,
): Promise<Reported[]> {
  requirePairs(picturesOfPeople(source, { person, only }), source);
  const { sets, refused } = await setsOf(source, { person, only }, setup);
  const [first] = sets;
  return sets.map((pairs, k) => {
    const { report, curves } = reportAllPairs(pairs, ALL_PAIRS_FARS, {
      set,
      pictures: pairs.persons.length,
      refused,
      shipped: k === 0 ? setup.shipped : [],
    });
    if (k === 0 || first === undefined) return { report, curves };
    const fars = PAIRED_FARS.filter((far) => report.rates.some((rate) => rate.far === far));
    return { report: { ...report, againstFirst: compareVal(first, pairs, fars) }, curves };
  });
}

/**
 * False accepts by group, for pictures named as UTKFace's are; see `groups.ts`.
 *
 * @param most pictures taken, evenly from the list of all, which is in the order of ages
 */
export async function evaluateGroups(
  source: string,
  setup: Setup,
  most = Number.POSITIVE_INFINITY,
) {
  const { pictures, refused, sets } = await groupsOf(source, setup, most);
  const [members, distance] = sets[0] as GroupSet;
  const groups: GroupReport[] = reportGroups(members, setup.shipped, distance);
  return { pictures, refused, groups };
}

/** People of groups, and how two of them are compared. */
export type GroupSet = readonly [
  members: readonly (Member & { readonly embedding: Float32Array })[],
  distance: Distance,
];

/** Pictures named as UTKFace's are by each network, to report on groups of. */
export async function groupsOf(source: string, setup: MeasureSetup, most: number) {
  const all = [...openPictures(source)].flatMap(([file, place]) => {
    const member = isPicture(file) ? memberOf(file) : undefined;
    return member === undefined ? [] : [{ file, place, member }];
  });
  const named = thinned(all, most);
  const wanted = new Map(named.map(({ file, place }) => [file, place]));
  const gallery = await embedBy(setup, wanted);
  const sets = gallery.measurables.map(({ vectors, distance }): GroupSet => {
    const members = named.flatMap(({ file, member }) => {
      const embedding = vectors.get(file);
      return embedding === undefined ? [] : [{ ...member, embedding }];
    });
    return [members, distance];
  });
  return { pictures: named.length, refused: gallery.refused, sets };
}
