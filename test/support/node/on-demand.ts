/** Servers and browsers that vitest's own process starts for all tests, once the first of them asks. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OnDemand {
  /** Address that `ask` takes. */
  readonly url: string;
  close(): void;
}

/** @param answers by path; one that fails is told to whoever asked */
export async function answerOnDemand(
  answers: Readonly<Record<string, () => Promise<string>>>,
): Promise<OnDemand> {
  const server = createServer(async ({ url = '' }, response) => {
    try {
      response.end(await answers[url]?.());
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @throws Error with what went wrong where it was started */
export async function ask(url: string, path: string): Promise<string> {
  const response = await fetch(new URL(path, url));
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return answer;
}
