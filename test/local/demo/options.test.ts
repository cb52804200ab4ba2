import { expect, test } from 'vitest';
import { parseMode } from '../../../local/demo/options.ts';

test.each([
  [[], 'once'],
  [['--watch'], 'watch'],
  [['--json'], 'json'],
  [['--help'], 'help'],
  [['-h', '--json'], 'help'],
] as const)('%j asks for a mode: %s', (args, mode) => expect(parseMode(args)).toBe(mode));

test.each([[['--wach']], [['watch']], [['--json=yes']], [['--watch', '--json']], [['--', 'x']]])(
  '%j is not understood',
  (args) => expect(parseMode(args)).toBeUndefined(),
);
