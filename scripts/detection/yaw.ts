/**
 * Faces found, and people told apart, by how far the head is turned:
 * `npm run tool -- yaw --pictures SOURCE --labels FILE --person PATTERN`. Labels are a table with the
 * columns `file` and `yaw` in degrees, and `spread` where they are estimates (`yaw-labels`). The table is
 * in docs/profiles.md.
 */
import { readFileSync } from 'node:fs';
import { findRate } from '../../worker/face/decision/calibration.ts';
import { readList } from '../dataset/identities.ts';
import { PEOPLE_ARGS, PICTURES_ARG, picturesOfPeople } from '../dataset/people.ts';
import { readYawTable } from '../dataset/yaw-table.ts';
import { defineTool, pattern, wholeNumber } from '../define-tool.ts';
import {
  chooseRuntime,
  deployedNetwork,
  openModel,
  readCalibration,
} from '../engine/model-folder.ts';
import { embedAll, facesOf } from '../evaluate/embed-all.ts';
import { Mistake } from '../mistake.ts';
import { percent, table } from '../report/format.ts';
import { decideOthers, decideOwn, type Turned, yawSteps } from './yaw-steps.ts';

/** Rate at whose threshold pairs are decided. */
const FAR = 1e-3;

export default defineTool({
  name: 'yaw',
  description: 'Tell how many faces are found, and how many told right, by how far they are turned',
  args: {
    pictures: PICTURES_ARG,
    labels: { type: 'string', required: true, valueHint: 'file', description: 'Table of labels' },
    ...PEOPLE_ARGS,
    spread: {
      type: 'string',
      valueHint: 'degrees',
      default: '25',
      description: 'Leave out labels whose estimates lie further apart',
    },
    'each-step': {
      type: 'string',
      valueHint: 'n',
      default: '400',
      description: 'Pictures of a step of 15 degrees at most, those of the first people',
    },
    model: {
      type: 'string',
      valueHint: 'name',
      default: deployedNetwork(),
      description: 'A folder of model/',
    },
  },
  async run(args) {
    const model = openModel(args.model);
    chooseRuntime(model);
    const calibration = readCalibration(model);
    const rate = calibration && findRate(calibration, FAR);
    if (rate === undefined) throw new Mistake(`${model.name} is not calibrated at ${FAR}`);
    const text = readFileSync(args.labels, 'utf8');
    const labels = readYawTable(text, args.labels, wholeNumber(args.spread, 'spread'));
    const only = readList(args.identities);
    const labelled = picturesOfPeople(args.pictures, {
      person: pattern(args.person),
      only,
    }).flatMap((picture) => {
      const yaw = labels.get(picture.file);
      return yaw === undefined ? [] : [{ ...picture, yaw }];
    });
    const most = wholeNumber(args['each-step'], 'each-step');
    const chosen = yawSteps(labelled).flatMap(({ faces }) => faces.slice(0, most));
    if (chosen.length === 0) throw new Mistake('no labelled pictures of these people');
    const places = new Map(chosen.map(({ file, place }) => [file, place]));
    const { views, qualities, refused } = await embedAll(places, 'largest', [model.network]);
    const [embeddings] = views.map(facesOf);
    const codes = new Map(refused.map(({ file, code }) => [file, code]));
    const faces = chosen.map(({ file, person, yaw }): Turned => {
      const [embedding, quality] = [embeddings?.get(file), qualities.get(file)];
      return embedding && quality
        ? { person, yaw, embedding, quality }
        : { person, yaw, code: codes.get(file) as string };
    });
    console.log(report(faces, rate.threshold));
  },
});

function report(faces: readonly Turned[], threshold: number): string {
  const steps = yawSteps(faces);
  const frontal = steps[0]?.faces ?? [];
  const share = (part: number, of: number) =>
    of === 0 ? '–' : `${percent(part / of, 1)} (${part} of ${of})`;
  return table(
    ['yaw', 'pictures', 'no face', 'low quality', 'refused otherwise', 'right', 'others as same'],
    steps.map(({ name, faces: here }) => {
      const refused = here.flatMap(({ code }) => code ?? []);
      const [missed, weak] = ['no_face', 'low_quality'].map(
        (code) => refused.filter((other) => other === code).length,
      ) as [number, number];
      const own = decideOwn(here, frontal, threshold);
      const others = decideOthers(here, threshold);
      return [
        name,
        `${here.length}`,
        share(missed, here.length),
        share(weak, here.length),
        `${refused.length - missed - weak}`,
        share(own.same, own.pairs),
        share(others.same, others.pairs),
      ];
    }),
  );
}
