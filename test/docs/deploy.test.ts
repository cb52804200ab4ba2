/** docs/deploy.md names each parameter once, and only outputs that exist. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { quotedIn, rowsOf, sectionOf } from './markdown.ts';
import { OUTPUTS, PARAMETERS } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const TEXT = read('docs/deploy.md');

it('has each parameter under one topic', () => {
  const [topics = ''] = sectionOf(TEXT, '## 2. Parameters').split('\n\n`limits`');
  const named = rowsOf(topics).flatMap(([, names = '']) => quotedIn(names));
  expect(named.filter((name) => /^[a-z]\w+$/.test(name)).toSorted()).toEqual(PARAMETERS.toSorted());
});

it('names only outputs of the stack', () => {
  const inCommands = [...TEXT.matchAll(/\$\(output (\w+)\)/g)].map(([, name = '']) => name);
  const inText = quotedIn(TEXT).filter((quoted) => /^[A-Z][a-z]\w+(?:Url|Arn|Name)$/.test(quoted));
  const named = [...inCommands, ...inText];
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !OUTPUTS.includes(name))).toEqual([]);
});

it('shows only existing parameters in the file of a stage', () => {
  const shown = /```yaml\n(mode:[\s\S]*?)```/.exec(TEXT)?.[1] ?? '';
  const names = [...shown.matchAll(/^(\w+):/gm)].map(([, name = '']) => name);
  expect(names).toContain('mode');
  expect(names.filter((name) => !PARAMETERS.includes(name))).toEqual([]);
});
