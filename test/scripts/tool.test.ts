import { type ArgsDef, type CommandDef, renderUsage } from 'citty';
import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../scripts/tool.ts';

describe('npm run tool', () => {
  it.each(Object.entries(TOOLS))('%s tells what it takes', async (name, load) => {
    const command = (await load()) as CommandDef<ArgsDef>;
    const usage = await renderUsage(command);
    expect(command.meta).toMatchObject({ name, description: expect.stringMatching(/^[A-Z].+/) });
    for (const option of Object.keys((command.args as ArgsDef | undefined) ?? {})) {
      expect(usage.toLowerCase()).toContain(option);
    }
  });
});
