import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { expect, it } from 'vitest';
import { mutatedFolders } from '../../scripts/mutation-table.ts';
import { ROOT, readFiles } from '../architecture/code.ts';

const { mutate } = JSON.parse(readFileSync(join(ROOT, 'stryker.config.json'), 'utf8')) as {
  readonly mutate: readonly string[];
};

const isMutated = (path: string): boolean =>
  mutate.reduce(
    (is, pattern) =>
      pattern.startsWith('!') ? is && !matchesGlob(path, pattern.slice(1)) : is || matchesGlob(path, pattern),
    false,
  );

const files = [...readFiles().keys()];

it('stryker.config.json mutates every file of events and lib but the adapters, and no other', () => {
  const expected = files.filter((path) => /^(events|lib)\//.test(path) && !path.startsWith('lib/io/'));
  expect(expected.length).toBeGreaterThan(80);
  expect(files.filter(isMutated)).toEqual(expected);
});

it('mutatedFolders covers every file that is mutated', () => {
  const folders = new Set(files.filter(isMutated).map((path) => path.slice(0, path.lastIndexOf('/'))));
  expect(mutatedFolders()).toEqual([...folders].toSorted());
});
