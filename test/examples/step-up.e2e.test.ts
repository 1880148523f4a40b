/**
 * The Hono middleware and the Better Auth plug-in in Chromium, with a fake camera and the real
 * Worker.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pose } from '../../client/login.ts';
import { startStepUp } from '../../examples/step-up/server.ts';
import { makeFilms } from '../../scripts/simulate/pose-film.ts';
import { executable, launch, open } from '../support/node/page.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('a face before a transfer', () => {
  let deployment: URL;
  let films: Awaited<ReturnType<typeof makeFilms>>;
  let person: Browser;
  beforeAll(async () => {
    deployment = await sharedServer();
    films = await makeFilms(deployment);
    person = await launch(films.poses.path);
  }, 240_000);
  afterAll(async () => {
    await person?.close();
    films?.remove();
  });

  it.each(['hono', 'better-auth'] as const)(
    'with %s',
    async (adapter) => {
      const app = await startStepUp({
        adapter,
        port: 0,
        visavisUrl: deployment.origin,
        key: 'visavis-dev',
        tenant: 'development',
      });
      try {
        const { page, errors } = await open(person, app.url);
        const act = async (id: string) => {
          await page.click(`#${id}`);
          await page.waitForSelector(`#state:text-matches("^${id}: ")`, { timeout: 60_000 });
          return (await page.textContent('#state'))?.slice(id.length + 2);
        };
        expect(await act('transfer')).toBe('signed_out');
        expect(await act('look')).toMatch(/signed_out|unavailable/);
        expect(await act('sign-in')).toBe('ok');
        expect(await act('transfer')).toBe('face_required');
        expect(await act('look')).toBe('not_enrolled');
        expect(await act('enrol')).toContain('agree');
        await page.check('#consent');
        films.poses.turn('frontal');
        expect(await act('enrol')).toBe('ok');
        expect(await act('transfer')).toBe('face_required'); // set up is not looked

        await page.click('#look');
        for (let step = 0; step < 4; step++) {
          await page.waitForSelector(`body[data-step="${step}"]`, { timeout: 60_000 });
          const pose = (await page.getAttribute('body', 'data-pose')) as Pose;
          await films.poses.hold(page, pose, '#video');
          await page.click('#capture');
        }
        await page.waitForSelector('#state:text-matches("^look: ")', { timeout: 60_000 });
        expect(await page.textContent('#state')).toBe('look: ok');
        expect(await act('transfer')).toBe('ok');
        // Another session of the same person has not looked.
        expect(await act('sign-in')).toBe('ok');
        if (adapter === 'hono') expect(await act('transfer')).toBe('face_required');
        expect(errors).toEqual([]);
      } finally {
        await app.stop();
      }
    },
    400_000,
  );
});
