/** The client as somebody gets it who installs this repository: by name, built, in plain Node. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it.each([
  ['visavis/client', ['Visavis', 'VisavisError']],
  ['visavis/client/assertion', ['AssertionRefused', 'rememberInMemory', 'verifyAssertion']],
  ['visavis/client/browser', ['Camera', 'answerChallenge', 'manual', 'preparePicture', 'timed']],
])('%s is what package.json exports', (name, wanted) => {
  const script = `import(${JSON.stringify(name)}).then((all) => console.log(Object.keys(all).join()))`;
  const names = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect(names.trim().split(',')).toEqual(expect.arrayContaining(wanted));
});

it('brings no file but its own', () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [pack] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }));
  const files = (pack.files as { path: string }[]).map(({ path }) => path);
  expect(files).toContain('dist/client/assertion.js');
  expect(files).toContain('dist/client/assertion.d.ts');
  const others = files.filter((path) => !path.startsWith('dist/client/'));
  expect(others.sort()).toEqual(['LICENSE', 'NOTICE', 'README.md', 'package.json']);
});
