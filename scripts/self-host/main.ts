/** Entry of the bundle: `node main.mjs`, with its settings in the environment. */
import { fileURLToPath } from 'node:url';
import { SettingError, serve } from './start.ts';

const { PORT = '8787', HOST = '0.0.0.0', DATA = 'data', WORKERD = 'workerd' } = process.env;

try {
  process.exitCode = await serve(
    {
      bundle: fileURLToPath(new URL('.', import.meta.url)),
      workerd: WORKERD,
      host: HOST,
      port: Number(PORT),
      data: DATA,
      clientIpHeader: process.env.CLIENT_IP_HEADER || undefined,
    },
    process.env,
  );
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
