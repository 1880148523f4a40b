/** Time limits as Node has them, which takes no number of milliseconds for granted. */
import { expect, it, vi } from 'vitest';
import { Visavis } from '../../client/index.ts';

it('waits for ever where it is told to', async () => {
  const fetch = async () => Response.json({ name: 'x' });
  const visavis = new Visavis({ url: 'https://faces.test', key: 'k', fetch });
  const timeoutMs = Number.POSITIVE_INFINITY;
  expect(await visavis.model({ timeoutMs })).toEqual({ name: 'x' });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(visavis.model({ timeoutMs, signal })).rejects.toThrow('enough');
});

it('gives a clustering of many pictures more time, unless it is told how much', async () => {
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  const fetch = async () => Response.json({});
  const options = { url: 'https://faces.test', key: 'k', fetch };
  const images = [new Blob(['one']), new Blob(['two'])];
  await new Visavis(options).cluster({ images });
  await new Visavis(options).cluster({ images }, { timeoutMs: undefined });
  await new Visavis({ ...options, timeoutMs: 7_000 }).cluster({ images });
  await new Visavis({ ...options, timeoutMs: 7_000 }).cluster({ images }, { timeoutMs: 8_000 });
  await new Visavis(options).model();
  const given = timeout.mock.calls.flat();
  timeout.mockRestore();
  expect(given).toEqual([120_000, 120_000, 7_000, 8_000, 30_000]);
});
