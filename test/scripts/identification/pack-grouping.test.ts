import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupPack } from '../../../scripts/identification/pack-grouping.ts';
import { people } from '../../support/node/synthetic.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pack-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A pack of so many people, three pictures each, by a network of 16 numbers. */
function pack(count: number): void {
  const { embeddings, persons } = people(count, 3, 0.4);
  writeFileSync(
    join(folder, 'pack.json'),
    JSON.stringify({ height: 1, width: 1, count: persons.length }),
  );
  writeFileSync(
    join(folder, 'crops.jsonl'),
    persons.map((person, i) => `${JSON.stringify({ file: `${i}.jpg`, person })}\n`).join(''),
  );
  const rows = embeddings.flatMap((embedding) => [...(embedding ?? [])]);
  writeFileSync(join(folder, 'teacher-made.f32'), new Uint8Array(new Float32Array(rows).buffer));
}

describe('groupPack', () => {
  it('searches and groups people by embeddings of any length', () => {
    pack(60);
    const { rank1, f, groups } = groupPack(folder, 'made', 16);
    expect(rank1).toBeGreaterThan(0.95);
    expect(f).toBeGreaterThan(0.9);
    expect(groups).toBeGreaterThanOrEqual(50);
    expect(groups).toBeLessThanOrEqual(90);
  });

  it('wants enough people for a threshold', () => {
    pack(5);
    expect(() => groupPack(folder, 'made', 16)).toThrow(/too few people/);
  });
});
