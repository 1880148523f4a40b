import { describe, expect, it } from 'vitest';
import type { View } from '../../scripts/simulate/render.ts';
import type { Surface } from '../../scripts/simulate/surfaces.ts';
import { head } from '../../scripts/simulate/surfaces.ts';
import { detectAndAlignFrame } from '../../worker/login/frame.ts';
import { registrationScore, registrationTarget } from '../../worker/login/registration.ts';
import { codecs } from '../support/codecs.ts';
import { finder } from '../support/engine.ts';
import { paper, shoot } from '../support/posed.ts';

const engine = { codecs, ...(await finder()) };

async function see(surface: Surface, view: Partial<View> = {}) {
  const { crop, report } = await detectAndAlignFrame(engine, shoot(view, surface));
  return registrationTarget(crop, report.landmarks);
}

/** The search goes on to its best. */
const NEVER = 2;

describe('registrationScore', () => {
  it('is 1 for the same frame, and near it for the same frame moved about', async () => {
    const still = await see(paper);
    expect(registrationScore(still, still, NEVER)).toBeCloseTo(1, 6);
    for (const view of [{ x: 330 }, { roll: 12 }, { eyes: 90 }]) {
      expect(registrationScore(still, await see(paper, view), NEVER)).toBeGreaterThan(0.99);
    }
  });

  it('lays a tilted print over the print, whichever way it is tilted', async () => {
    const still = await see(paper);
    for (const view of [
      { yaw: 20 },
      { yaw: -35 },
      { pitch: 25 },
      { pitch: -20 },
      { yaw: 25, pitch: 20 },
    ]) {
      const tilted = await see(paper, view);
      expect(registrationScore(still, tilted, NEVER), JSON.stringify(view)).toBeGreaterThan(0.99);
    }
  });

  it('cannot do so with a head, whose nose stands out', async () => {
    const still = await see(head);
    for (const [view, limit] of [
      [{ yaw: 20 }, 0.97],
      [{ yaw: -25 }, 0.97],
      [{ pitch: 20 }, 0.985],
      [{ pitch: -20 }, 0.985],
    ] as const) {
      const turned = await see(head, view);
      expect(registrationScore(still, turned, NEVER), JSON.stringify(view)).toBeLessThan(limit);
    }
  });

  it('does not mind exposure and contrast', async () => {
    const { crop, report } = await detectAndAlignFrame(engine, shoot({}));
    const dim = crop.map((value) => 40 + value / 2);
    const still = registrationTarget(crop, report.landmarks);
    expect(
      registrationScore(still, registrationTarget(dim, report.landmarks), NEVER),
    ).toBeGreaterThan(0.998);
  });

  it('ends early where enough is reached, and has an answer where there is nothing to see', async () => {
    const still = await see(paper);
    const tilted = await see(paper, { yaw: 20 });
    expect(registrationScore(still, tilted, 0.5)).toBeGreaterThan(0.5);
    const { crop, report } = await detectAndAlignFrame(engine, shoot({}));
    const blank = registrationTarget(
      crop.map(() => 128),
      report.landmarks,
    );
    expect(registrationScore(still, blank, NEVER)).toBeLessThan(0.5);
    expect(registrationScore(blank, still, NEVER)).toBeLessThan(0.5);
  });
});
