/** The client, with a deployment of the test's making. */
import { Visavis } from '../../client/index.ts';

/** A client whose requests are collected, and answered by `answer`. */
export function clientOf(
  answer: () => Response | Promise<Response>,
  more: { retries?: number } = {},
) {
  const requests: Request[] = [];
  const visavis = new Visavis({
    url: 'https://faces.test',
    key: 'secret',
    fetch: async (input, init) => {
      requests.push(new Request(input, init));
      return answer();
    },
    ...more,
  });
  return { visavis, requests, last: () => requests.at(-1) as Request };
}

export const jpeg = new Blob([new Uint8Array([0xff, 0xd8, 0xff])], { type: 'image/jpeg' });

/** An answer that refuses. */
export function refusal(code: string, status: number, headers: Record<string, string> = {}) {
  return () => Response.json({ code, detail: 'No.', status, requestId: 'r' }, { status, headers });
}
