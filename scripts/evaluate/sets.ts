/** Evaluations: which pictures and pairs, what each network makes of them. */
import { readFileSync } from 'node:fs';
import type { Rate, TemplateOperatingPoints } from '../../worker/face/calibration.ts';
import type { CascadePoints } from '../../worker/face/cascade.ts';
import { squaredDistance } from '../../worker/face/compare.ts';
import type { Embedding } from '../../worker/face/embed.ts';
import { undecidedReasons } from '../../worker/face/quality-floor.ts';
import { reportGates } from '../calibrate/gate-report.ts';
import { stored } from '../calibrate/templates.ts';
import { type Pair, readPairs } from '../dataset/pair-list.ts';
import { picturesOfPeople, type Selection } from '../dataset/people.ts';
import { below, isPicture, openPictures, type Pictures, readPlace } from '../dataset/pictures.ts';
import type { Distance, Labelled } from '../statistics/all-pairs.ts';
import type { Judged } from '../statistics/folds.ts';
import { compareVal } from '../statistics/paired.ts';
import { distanceOfJoined, joined } from './cascade-pairs.ts';
import { embedAll, type Gallery, type Refused, weaknessesOf } from './embed-all.ts';
import type { EmbedTask } from './embed-worker.ts';
import { type GroupReport, memberOf, reportGroups, thinned } from './groups.ts';
import { type Reported, reportAllPairs, reportPairs, type TemplateReport } from './set-report.ts';

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
  readonly cascade?: CascadePoints;
  /** Embeddings without mirror images: for comparison. */
  readonly plain?: boolean;
  readonly faces: EmbedTask['faces'];
  readonly shipped: readonly Rate[];
  /** Scales of templates: lists of pairs are then also judged with templates as references. */
  readonly templates?: readonly TemplateOperatingPoints[];
}

/** Pictures by each network, and how distances of each are measured. */
async function embedBy(
  { faces, networks, plain, cascade }: Pick<Setup, 'networks' | 'faces' | 'plain' | 'cascade'>,
  wanted: Parameters<typeof embedAll>[0],
): Promise<Gallery & { readonly distances: readonly Distance[] }> {
  const gallery = await embedAll(wanted, faces, networks, plain);
  if (cascade === undefined) {
    return { ...gallery, distances: networks.map(() => squaredDistance) };
  }
  const [fast, slow] = gallery.embeddings;
  if (fast === undefined || slow === undefined) throw new Error('a cascade is of two networks');
  return {
    ...gallery,
    embeddings: [joined(fast, slow), slow],
    distances: [distanceOfJoined(cascade), squaredDistance],
  };
}

/** LFW view 2 from a folder or tar archive that holds `pairs.txt` beside the people's folders. */
export function evaluateLfw(
  source: string,
  setup: Setup,
  name = 'LFW view 2',
): Promise<Reported[]> {
  const pictures = below(openPictures(source), 'pairs.txt');
  const list = pictures?.get('pairs.txt');
  if (pictures === undefined || list === undefined) throw new Error(`no pairs.txt in ${source}`);
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
    throw new Error(
      `${missing.length} of ${wanted.size} pictures are not there: ${missing[0]?.[0]}`,
    );
  }
  const gallery = await embedBy(setup, wanted);
  const common = { set, pictures: wanted.size, refused: gallery.refused };
  return gallery.embeddings.map((of, k) => {
    const judged = judge(pairs, of, gallery, gallery.distances[k]);
    const shipped = k === 0 ? setup.shipped : [];
    const reported = reportPairs(judged, PAIR_FARS, { ...common, shipped });
    if (setup.templates === undefined || k > 0) return reported;
    const sealed = judge(pairs, of, gallery, squaredDistance, (one) => stored([one]));
    const scale = setup.templates.find(({ pictures }) => pictures === 1);
    const { report } = reportPairs(sealed, PAIR_FARS, { ...common, shipped: scale?.rates ?? [] });
    const templates: TemplateReport = {
      ...(report.accuracy && { accuracy: report.accuracy }),
      auc: report.auc,
      rates: report.rates,
      shipped: report.shipped,
      largestChange: judged.reduce((most, { distance }, i) => {
        const change = Math.abs((sealed[i]?.distance ?? 0) - (distance ?? 0));
        return Math.max(most, change);
      }, 0),
      gates: reportGates(gallery.qualities.values()),
    };
    return { ...reported, report: { ...reported.report, templates } };
  });
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

/** Pictures of people by each network, to make pairs of. */
export async function setsOf(
  source: string,
  selection: Selection,
  setup: Pick<Setup, 'networks' | 'faces' | 'plain' | 'cascade'>,
): Promise<{ readonly sets: readonly Labelled[]; readonly refused: readonly Refused[] }> {
  const named = picturesOfPeople(source, selection);
  const wanted = new Map(named.map(({ file, place }) => [file, place]));
  const gallery = await embedBy(setup, wanted);
  const sets = gallery.embeddings.map((of, k) => ({
    embeddings: named.map(({ file }) => of.get(file)),
    persons: named.map(({ person }) => person),
    weaknesses: named.map(({ file }) => weaknessesOf(gallery, file)),
    distance: gallery.distances[k] as Distance,
  }));
  return { sets, refused: gallery.refused };
}

/** All pairs of a folder or archive whose paths tell the person. */
export async function evaluateFolder(
  source: string,
  { person, only }: Selection,
  setup: Setup,
  set: string,
): Promise<Reported[]> {
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
  const all = [...openPictures(source)].flatMap(([file, place]) => {
    const member = isPicture(file) ? memberOf(file) : undefined;
    return member === undefined ? [] : [{ file, place, member }];
  });
  const named = thinned(all, most);
  const wanted = new Map(named.map(({ file, place }) => [file, place]));
  const gallery = await embedBy(setup, wanted);
  const members = named.flatMap(({ file, member }) => {
    const embedding = gallery.embeddings[0]?.get(file);
    return embedding === undefined ? [] : [{ ...member, embedding }];
  });
  const groups: GroupReport[] = reportGroups(members, setup.shipped, gallery.distances[0]);
  return { pictures: named.length, refused: gallery.refused, groups };
}
