import { describe, expect, it } from 'vitest';
import { SearchThresholds } from '../../worker/face/decision/identify.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import type { Embedding } from '../../worker/face/embedding/embed.ts';
import { dequantize, quantize } from '../../worker/face/embedding/template.ts';
import { Contents } from '../../worker/gallery/contents.ts';
import type { Entry } from '../../worker/gallery/gallery-store.ts';
import { encodePage, openPage } from '../../worker/gallery/pages.ts';
import { stricterOfSeveral as calibration } from '../support/api.ts';
import { random } from '../support/random.ts';
import { unitVector } from '../support/vectors.ts';

const TERMS = { model: 'net-1', fpir: 0.01, calibration };
const MODELS = ['net-0', 'net-1', 'net-2'];
let seed = 0;

/** A subject of up to 5 templates, of up to 3 networks. */
function randomEntry(subject: string, next: (below: number) => number): Entry {
  const templates = Array.from({ length: 1 + next(5) }, () => ({
    model: MODELS[next(3)] as string,
    pictures: 1 + next(5),
    embedding: quantize(unitVector(++seed)), // each another one, so that there are no ties
  }));
  return { subject, enrolledAt: 1_700_000_000 + next(1000), templates };
}

/** A gallery's contents as plain lists, which the real ones are compared with. */
class Naive {
  readonly entries = new Map<string, { entry: Entry; page: number }>();

  inPage(page: number): Entry[] {
    const inIt = [...this.entries.values()].filter((stored) => stored.page === page);
    return inIt.map(({ entry }) => entry);
  }

  /** Each subject's best template by its margin, those with the best margins. */
  search(probe: Embedding, { model, fpir }: typeof TERMS, top: number) {
    const all = [...this.entries.values()].map(({ entry: { subject, templates } }) => ({
      subject,
      templates: templates.filter((template) => template.model === model),
    }));
    const size = all.reduce((sum, { templates }) => sum + templates.length, 0);
    const thresholds = new SearchThresholds(size, { fpir, calibration });
    return all
      .flatMap(({ subject, templates }) => {
        const [best] = templates
          .map(({ pictures, embedding }) => {
            const distance = squaredDistance(dequantize(embedding), probe);
            return { subject, distance, pictures, threshold: thresholds.of(pictures) };
          })
          .sort((a, b) => a.distance - a.threshold - (b.distance - b.threshold));
        return best === undefined ? [] : [best];
      })
      .sort((a, b) => a.distance - a.threshold - (b.distance - b.threshold))
      .slice(0, top);
  }
}

const byName = (entries: readonly Entry[]) =>
  [...entries].sort((a, b) => (a.subject < b.subject ? -1 : 1));

describe('contents', () => {
  it('are what lists would be, after whatever came and went', () => {
    const next = random(5);
    const contents = new Contents();
    const naive = new Naive();
    for (let step = 0; step < 1200; step++) {
      const subject = `p${next(150)}`;
      if (next(5) < 2) expect(contents.remove(subject)).toBe(naive.entries.delete(subject));
      else {
        const entry = randomEntry(subject, next);
        const page = 1 + next(8);
        contents.put(entry, page);
        naive.entries.set(subject, { entry, page });
      }
      if (step % 200 !== 199) continue;
      const all = [...naive.entries.values()];
      for (const { entry, page } of all) {
        expect(contents.get(entry.subject)).toEqual(entry);
        expect(contents.pageOf(entry.subject)).toBe(page);
      }
      const templates = all.reduce((sum, { entry }) => sum + entry.templates.length, 0);
      expect([contents.subjects, contents.templates]).toEqual([all.length, templates]);
      for (const [page, count] of contents.pages) {
        const inIt = naive.inPage(page);
        expect(byName(contents.inPage(page))).toEqual(byName(inIt));
        expect(count).toBe(inIt.reduce((sum, entry) => sum + entry.templates.length, 0));
      }
      for (const model of MODELS) {
        const has = all.filter(({ entry }) => entry.templates.some((t) => t.model === model));
        const outdated = all.length - has.length;
        const terms = { ...TERMS, model };
        const found = contents.search(unitVector(step), terms, 5);
        expect(found).toMatchObject({ subjects: all.length, outdated });
        const told = found.candidates.map(({ match: _, ...candidate }) => candidate);
        expect(told).toEqual(naive.search(unitVector(step), terms, 5));
      }
    }
  });

  it('take in a stored page as if each of its subjects was put', () => {
    const next = random(6);
    const entries = Array.from({ length: 300 }, (_, i) => randomEntry(`p${i}`, next));
    const contents = new Contents();
    contents.load(openPage(encodePage(entries.slice(0, 200))), 1);
    contents.load(openPage(encodePage(entries.slice(200))), 2);
    expect(byName([...contents.inPage(1), ...contents.inPage(2)])).toEqual(byName(entries));
    for (const { subject } of entries) expect(contents.remove(subject)).toBe(true);
    expect([contents.subjects, contents.templates, contents.pages.size]).toEqual([0, 0, 0]);
  });
});
