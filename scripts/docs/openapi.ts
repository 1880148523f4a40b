/** Writes worker/openapi.json: `npm run openapi`. */
import { writeFileSync } from 'node:fs';
import { openapi } from './openapi-document.ts';

const path = new URL('../../worker/openapi.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(openapi(), null, 2)}\n`);
