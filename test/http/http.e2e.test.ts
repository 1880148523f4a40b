/** The API over real sockets: what no test inside workerd can show. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Server, startWrangler } from '../../scripts/deploy/local-server.ts';
import type { Problem } from '../../worker/errors.ts';
import { MAX_REQUEST_BYTES, MAX_TURN_WAIT_MS, PACE_GRACE_MS } from '../../worker/limits.ts';

const KEY = { authorization: 'Bearer visavis-dev' };

describe('HTTP', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startWrangler('test/support/fake-worker.ts', '--var', 'ENVIRONMENT:development');
  });
  afterAll(() => server?.stop());

  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    // `duplex` is fetch's demand where a body is a stream; then it is sent chunked.
    fetch(new URL('/v1/verify', server.url), {
      method: 'POST',
      body,
      headers: { ...KEY, ...headers },
      duplex: 'half',
    } as RequestInit);

  const pair = () => {
    const form = new FormData();
    form.set('reference', new Blob(['a']), 'a.jpg');
    form.set('probe', new Blob(['b']), 'b.jpg');
    return form;
  };

  const codeOf = async (response: Response) => ((await response.json()) as Problem).code;

  /** A body of so many zeros, without a Content-Length. */
  const chunked = (size: number) => {
    let left = size;
    return new ReadableStream({
      pull(controller) {
        const piece = Math.min(65_536, left);
        controller.enqueue(new Uint8Array(piece));
        left -= piece;
        if (left === 0) controller.close();
      },
    });
  };

  const FORM = { 'content-type': 'multipart/form-data; boundary=b' };

  /** A request that says it brings `length` bytes, brings one, and waits. */
  async function hold(length: number) {
    const socket = connect(Number(server.url.port), server.url.hostname);
    socket.on('error', () => {});
    socket.write(
      `POST /v1/verify HTTP/1.1\r\nHost: visavis.test\r\nAuthorization: ${KEY.authorization}\r\n` +
        `Content-Type: ${FORM['content-type']}\r\nContent-Length: ${length}\r\n\r\n-`,
    );
    await sleep(100);
    return { hangUp: () => socket.destroy() };
  }

  it('serves', async () => {
    const response = await fetch(new URL('/healthz', server.url));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
    const verified = await post(pair());
    expect(verified.status).toBe(200);
    expect(await verified.json()).toMatchObject({ same: true });
  });

  it('gives everybody who sends too much an answer, not a reset', async () => {
    for (const size of [MAX_REQUEST_BYTES + 1, 40_000_000]) {
      for (const body of [chunked(size), new Uint8Array(size)]) {
        const response = await post(body, FORM);
        expect(response.status).toBe(413);
        expect(response.headers.get('content-type')).toBe('application/problem+json');
        expect(await codeOf(response)).toBe('payload_too_large');
      }
    }
    for (const body of [chunked(5_000_000), new Uint8Array(5_000_000)]) {
      expect((await post(body, { authorization: 'Bearer wrong' })).status).toBe(401);
    }
  });

  it('answers many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(pair())));
    expect(answers.map((answer) => answer.status)).toEqual(Array(40).fill(200));
  });

  it('lets nobody stand in the way by what it says it will send', async () => {
    const held = await Promise.all(Array.from({ length: 20 }, () => hold(MAX_REQUEST_BYTES)));
    const started = Date.now();
    expect((await post(pair())).status).toBe(200);
    expect(Date.now() - started).toBeLessThan(MAX_TURN_WAIT_MS);
    for (const one of held) one.hangUp();
  });

  it('ends the request of a body that stands still, and goes on', async () => {
    const before = server.log().length;
    const one = await hold(1_000);
    // The development proxy keeps the answer back while the client sends, so the log is read.
    const ended = /"code":"invalid_request","status":400,"ms":[5-9]\d{3},/;
    await vi.waitFor(() => expect(server.log().slice(before)).toMatch(ended), {
      timeout: PACE_GRACE_MS + 5_000,
      interval: 200,
    });
    expect((await post(pair())).status).toBe(200);
    one.hangUp();
  });

  it('gives back the room of those who hang up', async () => {
    const held = await Promise.all(Array.from({ length: 32 }, () => hold(1_000)));
    for (const one of held) one.hangUp();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(pair())));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200));
  });

  it('hangs nobody: workerd never had to cancel a request', () => {
    expect(server.log()).not.toMatch(/had hung|never generate a response|different request/);
  });
});
