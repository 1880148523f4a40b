/**
 * Build before any test: what the Worker serves as files has to be there. A server that a test starts
 * finds it fresh.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../../../scripts/deploy/build-if-stale.mjs', import.meta.url));

export default function setup(): void {
  execFileSync(process.execPath, [BUILD], { stdio: 'inherit' });
}
