/** `npm run tool -- examples`, to servers that answer otherwise than a Worker that is set up. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** The tool, to a server that answers every request so. */
async function examples(status: number, type: string, text: string) {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(status, { 'content-type': type }).end(text);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const argv = ['--import', 'tsx', 'scripts/tool.ts', 'examples', '--url', url];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, argv);
    return { code: 0, stdout, stderr, url };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr, url };
  } finally {
    server.close();
  }
}

it('ends with 1 where the answers are others than they should be', async () => {
  const answer = JSON.stringify({ code: 'unauthorized' });
  const { code, stdout } = await examples(401, 'application/problem+json', answer);
  expect(code).toBe(1);
  expect(stdout.match(/HTTP 401\n {2}code: unauthorized/g)).toHaveLength(4);
});

it('says of another server that it is one', async () => {
  const { code, stderr, url } = await examples(200, 'text/html', '<h1>Hello</h1>');
  expect([code, stderr]).toEqual([
    1,
    `What answers at ${url} is no visavis: its answer is not JSON.\n`,
  ]);
});
