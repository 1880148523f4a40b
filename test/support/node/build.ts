/** Build before any test: what the Worker serves as files has to be there. */
import { buildWeb } from '../../../scripts/deploy/build.ts';

export default async function setup(): Promise<void> {
  await buildWeb();
}
