/** A server of one's own, in workerd: `npm run tool -- serve`. docs/self-hosting.md tells of it. */
import { join } from 'node:path';
import { defineTool } from '../define-tool.ts';
import { Mistake } from '../mistake.ts';
import { BUNDLE, canStart, MANIFEST, makeBundle, ROOT } from './bundle.ts';
import { SettingError } from './setting-error.ts';
import { sourceNewerThanBundle } from './stale.ts';
import { portOf, serve } from './start.ts';
import { WORKERD } from './start-bundle.ts';

export default defineTool({
  name: 'serve',
  description: 'Serve from this machine, in workerd, with its storage in a folder',
  args: {
    host: { type: 'string', default: '127.0.0.1', description: 'address to listen on' },
    port: { type: 'string', default: '8787', description: 'port to listen on; 0 for a free one' },
    data: {
      type: 'string',
      default: 'data',
      description: 'folder of what galleries and logins store',
    },
    bundle: {
      type: 'string',
      default: BUNDLE,
      description: 'folder of the bundle, made if missing',
    },
    'client-ip-header': {
      type: 'string',
      description: "header in which the proxy before it writes the client's address",
    },
  },
  async run({ host, port, data, bundle, 'client-ip-header': clientIpHeader }) {
    try {
      const at = { host, port: portOf(port), data, clientIpHeader };
      if (!canStart(bundle)) await makeBundle(bundle);
      warnIfStale(bundle);
      const settings = { bundle, workerd: WORKERD, ...at };
      process.exitCode = await serve(settings, process.env);
    } catch (error) {
      if (error instanceof SettingError) throw new Mistake(error.message);
      throw error;
    }
  },
});

/** Warning of a bundle that is older than its sources: an upgrade that is not served would go unnoticed. */
function warnIfStale(bundle: string): void {
  const newer = sourceNewerThanBundle(ROOT, join(bundle, MANIFEST));
  if (newer === undefined) return;
  const named = bundle === BUNDLE ? '' : `, with \`--out ${bundle}\``;
  console.error(
    `${newer} is newer than the bundle, which is served as it is: \`npm run tool -- bundle\`${named} makes it anew.`,
  );
}
