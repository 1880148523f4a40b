/** Time limits as Node has them, which takes no number of milliseconds for granted. */
import { expect, it } from 'vitest';
import { Visavis } from '../../client/index.ts';

it('waits for ever where it is told to', async () => {
  const fetch = async () => Response.json({ name: 'x' });
  const visavis = new Visavis({ url: 'https://faces.test', key: 'k', fetch });
  const timeoutMs = Number.POSITIVE_INFINITY;
  expect(await visavis.model({ timeoutMs })).toEqual({ name: 'x' });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(visavis.model({ timeoutMs, signal })).rejects.toThrow('enough');
});
