/** `npm run keys`: API keys, and the keys that seal templates and sign assertions. */
import { runKeys } from './key-commands.ts';
import { Mistake } from './tenant-file.ts';

try {
  const { output, advice } = runKeys(process.argv.slice(2));
  if (output !== undefined) console.log(output);
  if (advice !== undefined) console.error(advice);
} catch (error) {
  if (!(error instanceof Mistake)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
