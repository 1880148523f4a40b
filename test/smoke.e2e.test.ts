/** The Worker that is deployed, with its networks, over real sockets. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmStart, type Server } from '../scripts/deploy/local-server.ts';
import type { Problem } from '../worker/errors.ts';
import type { Verification } from '../worker/face/verify.ts';
import { HttpLogin } from './support/node/http-login.ts';

const KEY = { authorization: 'Bearer visavis-dev' };
const fixture = (name: string) => readFileSync(new URL(`fixtures/faces/${name}`, import.meta.url));
const group = (number: number) =>
  readFileSync(
    new URL(`../node_modules/@vladmandic/face-api/demo/sample${number}.jpg`, import.meta.url),
  );

describe('npm start', () => {
  let server: Server;
  beforeAll(async () => {
    server = await npmStart();
  });
  afterAll(() => server?.stop());

  async function verify(
    reference: Buffer,
    probe: Buffer,
    options: Record<string, string> = {},
  ): Promise<{ status: number; body: Verification & Problem }> {
    const form = new FormData();
    form.set('reference', new Blob([Uint8Array.from(reference)]), 'reference');
    form.set('probe', new Blob([Uint8Array.from(probe)]), 'probe');
    for (const [name, value] of Object.entries(options)) form.set(name, value);
    const url = new URL('/v1/verify', server.url);
    const response = await fetch(url, { method: 'POST', body: form, headers: KEY });
    return { status: response.status, body: (await response.json()) as Verification & Problem };
  }

  it('answers eight at once, the first it ever sees, although one before them hung up', async () => {
    const socket = connect(Number(server.url.port), server.url.hostname);
    socket.on('error', () => {});
    socket.write(
      `POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${KEY.authorization}\r\n` +
        'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b',
    );
    await sleep(50);
    socket.destroy();
    const face = fixture('face.jpg');
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify(face, face)));
    for (const { status, body } of answers) {
      expect(status, body.detail).toBe(200);
      expect(body.same).toBe(true);
      expect(body.distance).toBeLessThanOrEqual(1e-4);
    }
  });

  it('tells the same person from others', async () => {
    const face = fixture('face.jpg');
    const same = await verify(face, fixture('face-exif6.jpg'), { far: '0.001' });
    expect(same.body).toMatchObject({ same: true, far: 0.001 });
    for (const number of [1, 2]) {
      const other = await verify(face, group(number), { faces: 'largest' });
      expect(other.body).toMatchObject({ same: false, far: 0.001 });
    }
  });

  it('names the picture at fault', async () => {
    const { status, body } = await verify(fixture('face.jpg'), Buffer.from('GIF89a...........'));
    expect(status).toBe(415);
    expect(body).toMatchObject({ code: 'unsupported_format', field: 'probe' });
    const many = await verify(group(4), fixture('face.jpg'), { faces: 'one' });
    expect(many.body).toMatchObject({ code: 'multiple_faces', field: 'reference' });
  });

  it('knows its model', async () => {
    const response = await fetch(new URL('/v1/model', server.url), { headers: KEY });
    expect(response.status).toBe(200);
    const card = (await response.json()) as { name: string; sha256: string };
    expect(card).toMatchObject({
      input: { width: 116, height: 140 },
      dimension: 128,
      calibration: { rates: expect.arrayContaining([expect.objectContaining({ far: 0.001 })]) },
    });
    const weights = readFileSync(new URL(`../model/${card.name}/network.onnx`, import.meta.url));
    expect(card.sha256).toBe(createHash('sha256').update(weights).digest('hex'));
  });

  it('gives one verdict to 50 answers to a challenge at once', async () => {
    const login = await HttpLogin.at(server.url);
    const challenge = await login.begin(crypto.randomUUID(), crypto.randomUUID());
    const frames = login.shoot(['frontal', ...challenge.actions]);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => login.answer(challenge, frames)),
    );
    const codes = await Promise.all(
      answers.map(async (a) => (a.ok ? 'ok' : ((await a.json()) as Problem).code)),
    );
    const count = (code: string) => codes.filter((other) => other === code).length;
    // Who finds no memory free in time is sent away unread: that is no verdict either.
    expect(count('ok')).toBe(1);
    expect(count('challenge_used') + count('overloaded')).toBe(49);
  });

  it('never had to cancel a request', () => {
    expect(server.log()).not.toMatch(/had hung|never generate a response|different request/);
  });
});
