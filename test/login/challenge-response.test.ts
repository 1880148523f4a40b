/** An answer's frames, through the deployed detector; the embeddings are the tests' own. */
import { describe, expect, it } from 'vitest';
import { ANGLES } from '../../scripts/simulate/scenes.ts';
import { head } from '../../scripts/simulate/surfaces.ts';
import { Refusal } from '../../worker/errors.ts';
import { findRate, type Rate } from '../../worker/face/decision/calibration.ts';
import { DIMENSION } from '../../worker/face/embedding/embed.ts';
import { quantize } from '../../worker/face/embedding/template.ts';
import type { Engine } from '../../worker/face/pipeline.ts';
import { type RespondInput, respond } from '../../worker/login/challenge-response.ts';
import { FRAMES_FAR } from '../../worker/login/frame-sequence.ts';
import { ACTIONS, type Action } from '../../worker/login/poses.ts';
import { loadEngine } from '../../worker/runtime/engine.ts';
import { face, GROUPS } from '../support/pictures.ts';
import { paper, pose, shoot } from '../support/posed.ts';

const real = await loadEngine('inception-small-2');
const burst = findRate(real.calibration, FRAMES_FAR) as Rate;
const rate: Rate = { far: 1e-4, threshold: 0.8, val: 0.9 };

/** A unit vector at this squared distance from `at(0)`. */
function at(distance: number): Float32Array {
  const out = new Float32Array(DIMENSION);
  out[0] = 1 - distance / 2;
  out[1] = Math.sqrt(1 - out[0] ** 2);
  return out;
}

/**
 * The engine with an embedder that answers these vectors, in so many runs as it is asked: of the
 * frontal crop, its mirror image, and the three turned ones. Without any it must not be asked.
 */
function engine(...vectors: readonly Float32Array[]): Engine {
  let given = 0;
  return {
    ...real,
    embedder: {
      outputs: ['embedding'],
      async run({ shape }) {
        const count = shape[0] as number;
        const next = vectors.slice(given, given + count);
        if (next.length < count) throw new Error(`more than ${vectors.length} crops`);
        given += count;
        const embedding = new Float32Array(count * DIMENSION);
        for (const [i, vector] of next.entries()) embedding.set(vector, i * DIMENSION);
        return { embedding };
      },
    },
  };
}

const me = () => at(0);
const allMe = () => engine(me(), me(), me(), me(), me());
const template = { embedding: quantize(at(0)), pictures: 1 };

/** Rendered once each. */
const frontal = pose('frontal');
const turned = Object.fromEntries(ACTIONS.map((name) => [name, pose(name)])) as Record<
  Action,
  Uint8Array
>;

/** Frames of each action: one, or several. */
const answer = (
  actions: readonly (readonly [Action, ...Uint8Array[]])[],
  more: Partial<RespondInput> = {},
): RespondInput => ({
  frontal: [frontal],
  actions: actions.map(([action, ...pictures]) => ({ action, pictures })),
  template,
  rate,
  ...more,
});
const asAsked = (...actions: Action[]) =>
  answer(actions.map((action) => [action, turned[action]] as const));
const honest = asAsked('turn-left', 'look-up', 'turn-right');

describe('respond', () => {
  it('says yes to who does as asked: every action', async () => {
    expect(await respond(allMe(), honest)).toEqual({ ok: true });
    const others = asAsked('look-down', 'look-up-left', 'look-up-right');
    expect(await respond(allMe(), others)).toEqual({ ok: true });
  });

  it('refuses a frontal frame without a face, with two, turned away, dark or too small', async () => {
    for (const [why, picture] of [
      ['no face', face('no such picture')],
      ['several faces', GROUPS[0]?.picture as Uint8Array],
      ['turned', turned['turn-left']],
      ['dark', shoot({}, head, 0.15)],
      ['small', shoot({ eyes: 14 })],
      ['broken', frontal.subarray(0, 300)],
    ] as const) {
      const outcome = await respond(engine(), { ...honest, frontal: [picture] });
      expect(outcome, why).toEqual({ ok: false, step: 'frontal' });
    }
  });

  it('refuses a pose that is another than the one asked for, wherever it comes', async () => {
    const asked = ['turn-left', 'look-up', 'turn-right'] as const;
    for (let i = 0; i < asked.length; i++) {
      for (const shown of [frontal, turned['look-down'], face('face-dark.jpg')]) {
        const frames = asked.map((name, at) => [name, at === i ? shown : turned[name]] as const);
        const outcome = await respond(allMe(), answer(frames));
        expect(outcome, `${i}`).toEqual({ ok: false, step: 'pose' });
      }
    }
  });

  it("goes by the person's own left and right", async () => {
    const mirrored = answer([
      ['turn-left', turned['turn-right']],
      ['look-up', turned['look-up']],
      ['turn-right', turned['turn-left']],
    ]);
    expect(await respond(engine(), mirrored)).toEqual({ ok: false, step: 'pose' });
  });

  it('refuses one turned frame sent for two actions', async () => {
    const twice = answer([
      ['turn-left', turned['turn-left']],
      ['look-up', turned['look-up']],
      ['turn-left', turned['turn-left']],
    ]);
    expect(await respond(allMe(), twice)).toEqual({ ok: false, step: 'repeat' });
    const again = pose('turn-left', { yaw: 31, roll: 4, x: 330 });
    const held = answer([
      ['turn-left', turned['turn-left']],
      ['look-up', turned['look-up']],
      ['turn-left', again],
    ]);
    expect(await respond(allMe(), held)).toEqual({ ok: true });
  });

  it('refuses a print that is tilted until its points pass for a pose', async () => {
    const flat = shoot({}, paper);
    const outcomes = new Set<string>();
    for (const degrees of [20, 30, 40, 50]) {
      const tilted = shoot({ pitch: degrees }, paper);
      // The other frames are the best there are, so that nothing but the print is in the way.
      const outcome = await respond(
        engine(),
        answer(
          [
            ['look-up', tilted],
            ['turn-left', turned['turn-left']],
            ['turn-right', turned['turn-right']],
          ],
          { frontal: [flat] },
        ),
      );
      if (!outcome.ok) outcomes.add(outcome.step);
      expect(outcome.ok).toBe(false);
    }
    expect(outcomes).toContain('print'); // some tilt does pass for a pose
  });

  it('refuses a turned frame in the colours of another camera, or in none', async () => {
    const frames = (grey: Uint8Array) =>
      answer([
        ['turn-left', turned['turn-left']],
        ['look-up', grey],
        ['turn-right', turned['turn-right']],
      ]);
    const { yaw, pitch } = ANGLES['look-up'];
    const outcome = await respond(allMe(), frames(shoot({ yaw, pitch }, head, 1, 0)));
    expect(outcome).toEqual({ ok: false, step: 'grey' });
    expect(await respond(allMe(), frames(shoot({ yaw, pitch }, head, 1, 0.8)))).toEqual({
      ok: true,
    });
    // A grey camera's login has no colour anywhere.
    const all = (name: Action | 'frontal') => shoot(ANGLES[name], head, 1, 0);
    const grey = answer(
      (['turn-left', 'look-up', 'turn-right'] as const).map((name) => [name, all(name)] as const),
      { frontal: [all('frontal')] },
    );
    expect(await respond(allMe(), grey)).toEqual({ ok: true });
  });

  it("counts each pose's first frame that will do, and opens no more", async () => {
    const opened: string[] = [];
    function* frames(...named: readonly (readonly [string, Uint8Array])[]) {
      for (const [name, picture] of named) {
        opened.push(name);
        yield picture;
      }
    }
    const input: RespondInput = {
      ...honest,
      frontal: frames(['blink', face('no such picture')], ['facing', frontal], ['spare', frontal]),
      actions: [
        {
          action: 'turn-left',
          pictures: frames(
            ['on its way', frontal],
            ['left', turned['turn-left']],
            ['spare', frontal],
          ),
        },
        { action: 'look-up', pictures: frames(['up', turned['look-up']], ['spare', frontal]) },
        {
          action: 'turn-left',
          pictures: frames(
            ['again', turned['turn-left']],
            ['anew', pose('turn-left', { yaw: 31, roll: 4, x: 330 })],
          ),
        },
      ],
    };
    expect(await respond(allMe(), input)).toEqual({ ok: true });
    const wanted = ['blink', 'facing', 'on its way', 'left', 'up', 'again', 'anew'];
    expect(opened).toEqual(wanted);
  });

  it('says of several frames how far the best one came', async () => {
    const stranger = at(burst.threshold + 0.01);
    const tries = (...pictures: Uint8Array[]) =>
      answer([
        ['turn-left', ...pictures],
        ['look-up', turned['look-up']],
        ['turn-right', turned['turn-right']],
      ]);
    const outcome = await respond(
      engine(me(), me(), stranger),
      tries(frontal, turned['turn-left'], frontal),
    );
    expect(outcome).toEqual({ ok: false, step: 'person' });
    const none = await respond(engine(), tries(frontal, frontal));
    expect(none).toEqual({ ok: false, step: 'pose' });
    // The next frame of the pose may be the person's.
    const vectors = [me(), me(), stranger, me(), me(), me()];
    const second = tries(turned['turn-left'], turned['turn-left']);
    expect(await respond(engine(...vectors), second)).toEqual({ ok: true });
  });

  it.each([2, 3, 4])('refuses a turned frame that is another person: vector %i', async (index) => {
    const vectors = [me(), me(), me(), me(), me()];
    vectors[index] = at(burst.threshold + 0.01);
    expect(await respond(engine(...vectors), honest)).toEqual({ ok: false, step: 'person' });
    vectors[index] = at(burst.threshold - 0.01);
    expect(await respond(engine(...vectors), honest)).toEqual({ ok: true });
  });

  it("decides by the frontal frame's distance to the template, at the rate of the challenge", async () => {
    const near = at(rate.threshold - 0.02);
    const far = at(rate.threshold + 0.02);
    expect(await respond(engine(near, near, near, near, near), honest)).toEqual({ ok: true });
    const outcome = await respond(engine(far, far, far, far, far), honest);
    expect(outcome).toEqual({ ok: false, step: 'match' });
    // Turned frames do not help: near the template, and near enough to the frontal one.
    const helped = await respond(engine(far, far, me(), me(), me()), honest);
    expect(helped).toEqual({ ok: false, step: 'match' });
  });

  it('takes the mean of the frontal crop and its mirror image', async () => {
    // On opposite sides of the template: each is too far, their mean is not.
    const other = at(rate.threshold + 0.2);
    const opposite = other.map((value, i) => (i === 1 ? -value : value));
    const outcome = await respond(engine(other, opposite, me(), me(), me()), honest);
    expect(outcome).toEqual({ ok: true });
  });

  it('throws what is no fault of the pictures', async () => {
    const detector = { run: () => Promise.reject(new Error('out of memory')) };
    await expect(respond({ ...allMe(), detector }, honest)).rejects.toThrow('out of memory');
    const overloaded = new Refusal({ code: 'overloaded', retryAfterSeconds: 1 });
    const busy = { run: () => Promise.reject(overloaded) };
    await expect(respond({ ...allMe(), detector: busy }, honest)).rejects.toBe(overloaded);
    const { rates, ...rest } = real.calibration;
    const calibration = { ...rest, rates: rates.filter(({ far }) => far !== FRAMES_FAR) };
    await expect(respond({ ...allMe(), calibration }, honest)).rejects.toThrow('not calibrated');
  });
});
