import { describe, expect, it } from 'vitest';
import { checkChoice } from '../../../scripts/evaluate/set-choice.ts';
import { evaluateFolder } from '../../../scripts/evaluate/sets.ts';

describe('the set that is measured', () => {
  it.each([
    { lfw: 'a', templates: true },
    { pairs: 'a', pictures: 'b', network: 'c' },
    { folder: 'a', person: '^(a)', identities: 'b', templates: false },
    { folder: 'a', groups: 'utk', most: '9' },
  ])('may be %o', (choice) => expect(() => checkChoice(choice)).not.toThrow());

  it.each([
    [{}, 'name a set'],
    [{ lfw: 'a', folder: 'b' }, 'name one set, not --lfw and --folder'],
    [{ pairs: 'a', folder: 'b' }, '--pairs needs --pictures'],
    [{ pictures: 'a', folder: 'b' }, '--pictures needs --pairs'],
    [{ lfw: 'a', identities: 'b' }, '--identities needs --folder'],
    [{ lfw: 'a', groups: 'utk' }, '--groups needs --folder'],
    [{ folder: 'a', most: '9' }, '--most needs --groups'],
    [{ folder: 'a', templates: true }, '--templates does nothing with --folder'],
    [{ folder: 'a', groups: 'utk', plots: 'b' }, '--plots does nothing with --groups'],
  ])('is not %o', (choice, said) => expect(() => checkChoice(choice)).toThrow(said));

  it('is refused before it is measured where its names make no pairs', async () => {
    const setup = { networks: [], faces: 'largest', shipped: [] } as const;
    const measured = evaluateFolder('test/fixtures', {}, setup, 'faces');
    await expect(measured).rejects.toThrow('too few for pairs (people: 1, pictures: ');
  });
});
