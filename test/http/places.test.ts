/** Memory for bodies: who has a key and who has none wait in queues of their own. */
import { describe, expect, it } from 'vitest';
import { MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES } from '../../worker/limits.ts';
import { call, problemOf } from '../support/api.ts';
import { ACME, begin, deployment, enrol, newSubject, respond } from '../support/login.ts';

const env = await deployment();
const TYPE = { 'content-type': 'multipart/form-data; boundary=b' };

/** A body of unknown length that does not come: it may become the largest there is. */
function endless() {
  let fail: () => void = () => {};
  const body = new ReadableStream({
    type: 'bytes',
    start(controller) {
      fail = () => controller.error(new Error('gone'));
    },
  });
  return { body, fail: () => fail() };
}

/** Answer to a heavy request while another holds the memory, and `others` go on. */
async function crowded(path: string, most: number, others: () => Promise<unknown>) {
  const first = endless();
  const headers = { ...ACME, ...TYPE };
  const holding = call(path, { method: 'POST', body: first.body, headers }, { env });
  const heavy = { ...headers, 'content-length': String(most) };
  const waiting = call(
    path,
    { method: 'POST', body: new Uint8Array(most), headers: heavy },
    { env },
  );
  await others();
  const refused = await waiting;
  first.fail();
  expect((await holding).status).toBe(400);
  return [refused.status, (await problemOf(refused)).code];
}

describe('the places for bodies', () => {
  it('are waited for by enrolments, and logins do not stand behind them', async () => {
    const given = await begin({ env });
    const login = async () => expect((await respond(given, { env })).status).toBe(200);
    const end = await crowded('/v1/templates', MAX_REQUEST_BYTES, login);
    expect(end).toEqual([503, 'overloaded']);
  });

  it('are waited for by logins, and who has a key does not stand behind them', async () => {
    const other = () => enrol(newSubject(), { env });
    const end = await crowded('/v1/challenges/any/response', MAX_RESPONSE_BYTES, other);
    expect(end).toEqual([503, 'overloaded']);
  });
});
