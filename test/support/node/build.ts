/** Before any test: what the Worker serves as files has to be there. */
import { buildClient, buildWeb } from '../../../scripts/deploy/build.ts';

export default async function setup(): Promise<void> {
  buildClient();
  await buildWeb();
}
