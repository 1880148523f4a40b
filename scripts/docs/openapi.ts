/** The OpenAPI document, written to worker/openapi.json: `npm run openapi`. */
import { writeFileSync } from 'node:fs';
import { defineTool } from '../define-tool.ts';
import { openapi } from './openapi-document.ts';

const FILE = new URL('../../worker/openapi.json', import.meta.url);

export default defineTool({
  name: 'openapi',
  description: 'Write worker/openapi.json anew, after a change of a request or an answer',
  run() {
    writeFileSync(FILE, `${JSON.stringify(openapi(), null, 2)}\n`);
  },
});
