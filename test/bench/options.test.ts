import { describe, expect, it } from 'vitest';
import { RESULTS, readOptions, resultsPath, usage } from '../../bench/options.ts';

const NAMES = ['cold', 'cpu'];
const read = (...args: readonly string[]) => readOptions(args, NAMES);

describe('the command line', () => {
  it.each([
    [[], { only: [], rounds: undefined, json: undefined, baseline: undefined }],
    [
      ['--only', 'cold,cpu', '--rounds', '2', '--json', 'x.json'],
      { only: ['cold', 'cpu'], rounds: 2, json: 'x.json', baseline: undefined },
    ],
  ])('%j is read', (args, options) => expect(read(...args)).toEqual(options));

  it.each([
    [['--only', 'warm'], '--only: there is no warm'],
    [['--rounds', '0'], '--rounds: expected a number from 1 to 999'],
    [['--rounds', 'many'], '--rounds: expected a number from 1 to 999'],
  ])('%j is refused', (args, sentence) => expect(read(...args)).toBe(sentence));

  it('refuses what it does not know', () => {
    expect(read('--fast')).toContain('--fast');
    expect(read('cold')).toContain('cold');
  });

  it('names all scenarios in its help', () => expect(usage(NAMES)).toContain('cold, cpu'));
});

describe('the results', () => {
  it.each([
    [[], RESULTS],
    [['--only', 'cold'], undefined],
    [['--rounds', '2'], undefined],
    [['--only', 'cold', '--json', 'x.json'], 'x.json'],
  ])('of %j go to %s', (args, path) => {
    const options = read(...args);
    expect(typeof options === 'string' ? options : resultsPath(options)).toBe(path);
  });
});
