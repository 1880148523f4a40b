import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replaceBlock } from '../../../scripts/report/marked-block.ts';
import { ATTACKS } from '../../../scripts/simulate/attacks.ts';
import { type Answer, drawActions, honest, type Next } from '../../../scripts/simulate/scenes.ts';
import { type Forgery, script } from '../../../scripts/simulate/script-attacks.ts';
import { simulationText } from '../../../scripts/simulate/simulation-block.ts';
import { random } from '../../../scripts/statistics/intervals.ts';
import type { Pixels } from '../../../worker/image/pixels.ts';

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('simulationText', () => {
  const text = simulationText({
    honest: [
      ...times(50, ['ok', 'ok'] as const),
      ...times(10, ['match', 'ok'] as const),
      ...times(20, ['match', 'match'] as const),
      ...times(15, ['pose', 'pose'] as const),
      ...times(5, ['frontal', 'frontal'] as const),
    ],
    attacks: [{ attack: 'a print', ended: ['ok', 'pose', 'pose', 'repeat'] }],
    fars: [1e-4, 1e-3],
    people: 50,
    frames: 3,
    model: 'net',
    data: 'photos',
    command: 'npm run tool -- simulate',
  });
  /** The cells of the row that begins with this. */
  const row = (start: string) => {
    const found = text.split('\n').find((line) => line.startsWith(`| ${start}`));
    return found?.split('|').map((cell) => cell.trim());
  };

  it('counts each run where it ended, and the match at each rate', () => {
    expect(text).toContain('100 honest logins of 50 people of photos, with `net`');
    expect(row('frontal')?.slice(2, 4)).toEqual(['5', '5.00 % (2.15 % to 11.18 %)']);
    expect(row('each action')?.[2]).toBe('15');
    for (const start of [
      'in the colours',
      'not the frontal',
      'no turned frame',
      'nor mirrored',
      'all frames',
    ]) {
      expect(row(start)?.[2], start).toBe('0');
    }
    expect(row('the person of the template, at FAR 1e-4')?.[2]).toBe('30');
    expect(row('the person of the template, at FAR 1e-3')?.[2]).toBe('20');
    expect(row('**passed, at FAR 1e-4')?.[2]).toBe('50');
    expect(row('**passed, at FAR 1e-3')?.[2]).toBe('60');
  });

  it('says how often an attack passed, at most, and what stopped it', () => {
    expect(row('a print')?.slice(1, 5)).toEqual([
      'a print',
      '1 of 4',
      '80.59 %',
      'pose 2, repeat 1',
    ]);
  });
});

describe('docs/login.md', () => {
  it('has a place for what each command writes', () => {
    const docs = readFileSync(new URL('../../../docs/login.md', import.meta.url), 'utf8');
    for (const block of ['accuracy', 'simulate']) {
      expect(replaceBlock(docs, block, 'new text')).toContain(`${block}:begin -->\nnew text\n<!--`);
    }
  });
});

describe('scenes', () => {
  const pixels: Pixels = { width: 60, height: 80, rgb: new Uint8Array(60 * 80 * 3).fill(120) };
  const at = (x: number, y: number) => ({ x, y });
  const landmarks = {
    rightEye: at(22, 30),
    leftEye: at(38, 30),
    nose: at(30, 40),
    mouth: at(30, 48),
    rightEar: at(15, 34),
    leftEar: at(45, 34),
  };
  const photo = { pixels, landmarks };
  const jpegs = ({ frontal, actions }: Answer) => [
    ...frontal,
    ...actions.flatMap(({ pictures }) => [...pictures]),
  ];

  it('answer every action asked for, in its order, with JPEGs, and the same in each run', async () => {
    const actions = drawActions(random(5));
    const print = ATTACKS['one print, tilted the way that is asked, 20 to 50°'];
    for (const make of [
      (next: Next) => honest(photo, actions, next, 1),
      (next: Next) =>
        print(
          { victim: photo, other: photo, begin: async () => undefined, count: 1 },
          actions,
          next,
        ),
    ]) {
      const answer = await make(random(9));
      expect(answer.actions.map(({ action }) => action)).toEqual(actions);
      for (const jpeg of jpegs(answer)) expect([...jpeg.subarray(0, 2)]).toEqual([0xff, 0xd8]);
      expect(jpegs(answer)).toHaveLength(4);
      expect(jpegs(await make(random(9)))).toEqual(jpegs(answer));
    }
  });

  it('of a script are the first that pass where it screens them, or the last', async () => {
    const forgery: Forgery = {
      frontal: Uint8Array.of(0),
      make: () => [1, 2, 3].map((value) => Uint8Array.of(value)),
    };
    const passing = (value: number) => ({
      add: async ({ pictures }: { pictures: Iterable<Uint8Array> }) =>
        [...pictures][0]?.[0] === value ? undefined : 'pose',
    });
    const sent = async (value: number) => {
      const begin = async () => passing(value) as never;
      return jpegs(await script(forgery, begin, ['look-up'])).map(([first]) => first);
    };
    expect(await sent(2)).toEqual([0, 2]);
    expect(await sent(9)).toEqual([0, 3]);
  });

  it('draw three actions, none twice in a row', () => {
    const next = random(1);
    for (let i = 0; i < 200; i++) {
      const [a, b, c] = drawActions(next);
      expect(c).toBeDefined();
      expect(a).not.toBe(b);
      expect(b).not.toBe(c);
    }
  });
});
