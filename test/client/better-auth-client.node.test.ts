/** The plug-in of Better Auth's client, before a server that only writes down what it is asked. */
import { createAuthClient } from 'better-auth/client';
import { expect, it } from 'vitest';
import { faceClient } from '../../client/better-auth-client.ts';

it('posts what the server takes as a POST, with nothing to say besides', async () => {
  const asked: string[] = [];
  const client = createAuthClient({
    baseURL: 'https://shop.test',
    plugins: [faceClient()],
    fetchOptions: {
      customFetchImpl: async (input, init) => {
        asked.push(`${init?.method} ${new URL(String(input)).pathname}`);
        return Response.json({ ok: true });
      },
    },
  });
  expect((await client.face.remove()).data).toEqual({ ok: true });
  await client.face.challenge();
  expect(asked).toEqual(['POST /api/auth/face/remove', 'POST /api/auth/face/challenge']);
});
