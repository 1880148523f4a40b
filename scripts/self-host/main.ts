/** Entry of the bundle: `node main.mjs`, with its settings in the environment. */
import { fileURLToPath } from 'node:url';
import { SettingError } from './setting-error.ts';
import { portOf, serve } from './start.ts';

/** Setting of the environment; an empty one is none, as a template that lacks its value leaves it. */
const setting = (name: string, otherwise: string) => process.env[name] || otherwise;

try {
  process.exitCode = await serve(
    {
      bundle: fileURLToPath(new URL('.', import.meta.url)),
      workerd: setting('WORKERD', 'workerd'),
      host: setting('HOST', '0.0.0.0'),
      port: portOf(setting('PORT', '8787')),
      data: setting('DATA', 'data'),
      clientIpHeader: process.env.CLIENT_IP_HEADER || undefined,
    },
    process.env,
  );
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
