/** The person of the films, before the deployed networks. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openModel, readCalibration } from '../../../scripts/engine/model-folder.ts';
import { compileCodecs } from '../../../scripts/engine/modules.ts';
import { loadFaceModels, loadNetwork } from '../../../scripts/engine/networks.ts';
import { encodeJpeg } from '../../../scripts/simulate/jpeg-encoder.ts';
import { PORTRAIT, pose } from '../../../scripts/simulate/pose-film.ts';
import { findRate } from '../../../worker/face/decision/calibration.ts';
import { locate } from '../../../worker/face/detection/locate.ts';
import { enrol } from '../../../worker/face/enrol.ts';
import { openPicture } from '../../../worker/image/open.ts';
import { respond } from '../../../worker/login/challenge-response.ts';
import { ACTIONS } from '../../../worker/login/poses.ts';

it('passes for a person who takes a pose, another, and the first once more', async () => {
  const model = openModel('mobilefacenet-int8');
  const calibration = readCalibration(model);
  const rate = calibration && findRate(calibration, 1e-3);
  if (!rate) throw new Error('mobilefacenet-int8 is not calibrated');
  const models = { codecs: compileCodecs(), ...(await loadFaceModels()) };
  const embedder = await loadNetwork(model.network);
  const engine = { ...models, name: 'mobilefacenet-int8', calibration, embedder };
  const picture = openPicture(readFileSync(PORTRAIT), models.codecs);
  const { face } = await locate(models, picture, 'dominant');
  const photo = { pixels: picture.pixels(1), landmarks: face.landmarks };
  const template = await enrol(engine, [readFileSync(PORTRAIT)]);
  for (const [i, action] of ACTIONS.entries()) {
    const other = ACTIONS[(i + 1) % ACTIONS.length] as typeof action;
    const [frontal, ...frames] = (['frontal', action, other, action] as const).map((name, time) =>
      encodeJpeg(pose(photo, name, time), 92),
    ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const actions = [action, other, action].map((action, i) => {
      return { action, pictures: [frames[i] as Uint8Array] };
    });
    const outcome = await respond(engine, { frontal: [frontal], actions, template, rate });
    expect(outcome, action).toEqual({ ok: true });
  }
});
