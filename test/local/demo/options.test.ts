import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseMode } from '../../../local/demo/options.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

test.each([
  [[], 'once'],
  [['--watch'], 'watch'],
  [['--json'], 'json'],
  [['--help'], 'help'],
  [['-h', '--json'], 'help'],
] as const)('%j asks for a mode: %s', (args, mode) => expect(parseMode(args)).toBe(mode));

test.each([
  [['--wach'], "unknown option '--wach'"],
  [['--watch', '--keep'], "unknown option '--keep'"],
  [['watch'], "unknown option 'watch'"],
  [['--json=yes'], "unknown option '--json=yes'"],
  [['--watch', '--json'], 'expected --watch or --json, not both'],
])('%j is not understood: %s', (args, wrong) => expect(parseMode(args)).toEqual({ wrong }));

test('npm start names an unknown option, and builds nothing', () => {
  const bundle = join(ROOT, 'dist', 'handlers', 'revoke.mjs');
  const builtAt = () => (existsSync(bundle) ? statSync(bundle).mtimeMs : 0);
  const before = builtAt();
  const { status, stdout, stderr } = spawnSync('npm', ['start', '-s', '--', '--keep'], { cwd: ROOT, encoding: 'utf8' });
  expect({ status, stdout, stderr, builtAt: builtAt() }).toEqual({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^unknown option '--keep'\nusage: npm start /),
    builtAt: before,
  });
});
