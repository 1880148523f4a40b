/** A gallery over HTTP, whose process is killed and started again on the same folder. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmStart, type Server } from '../../scripts/deploy/local-server.ts';
import { DEVELOPMENT_KEY } from '../../worker/auth/development.ts';

const FACE = readFileSync(new URL('../fixtures/faces/face.jpg', import.meta.url));

describe('a gallery after its process was killed', () => {
  let folder: string;
  let server: Server;
  const start = async () => {
    server = await npmStart('--persist-to', folder);
  };
  /** A crash: nobody is asked to finish anything. */
  const kill = async () => {
    process.kill(-server.pid, 'SIGKILL');
    await server.stop();
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gallery-'));
    await start();
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  const ask = (method: string, path: string, body?: FormData) =>
    fetch(new URL(`/v1/${path}`, server.url), {
      method,
      headers: { authorization: `Bearer ${DEVELOPMENT_KEY}` },
      ...(body && { body }),
    });
  const form = (fields: Record<string, string | Blob>) => {
    const made = new FormData();
    for (const [name, value] of Object.entries(fields)) made.set(name, value);
    return made;
  };
  const face = () => new Blob([FACE], { type: 'image/jpeg' });
  const put = (subject: string) =>
    ask('PUT', `galleries/staff/subjects/${subject}`, form({ image: face() }));
  const subjects = async () => {
    const response = await ask('GET', 'galleries/staff/subjects');
    const page = (await response.json()) as { subjects: { subject: string }[] };
    return page.subjects.map(({ subject }) => subject);
  };

  it('has who was put, and not who was deleted, the moment the answer is there', async () => {
    for (const subject of ['anna', 'bob', 'carl']) expect((await put(subject)).status).toBe(200);
    expect((await ask('DELETE', 'galleries/staff/subjects/bob')).status).toBe(204);
    await kill();
    await start();
    expect(await subjects()).toEqual(['anna', 'carl']);
    const probe = form({ probe: face(), gallery: 'staff', top: '3' });
    expect(await (await ask('POST', 'identify', probe)).json()).toMatchObject({
      faces: [{ subject: expect.stringMatching(/^(anna|carl)$/) }],
      subjects: 2,
    });
    expect((await put('dora')).status).toBe(200);
    expect((await ask('DELETE', 'galleries/staff/subjects/anna')).status).toBe(204);
    await kill();
    await start();
    expect(await subjects()).toEqual(['carl', 'dora']);
    expect((await ask('DELETE', 'galleries/staff')).status).toBe(204);
    await kill();
    await start();
    expect((await ask('GET', 'galleries/staff')).status).toBe(404);
  }, 300_000);
});
