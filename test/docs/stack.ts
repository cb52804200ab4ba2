/** What the deployment calls its parameters and outputs, read from its own files. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const namesIn = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => name);

const STACK = read('serverless.yml');

export const PARAMETERS: readonly string[] = namesIn(
  /\n {2}default:\n([\s\S]*?)\n\n/.exec(STACK)?.[1] ?? '',
  /^ {4}(\w+):/gm,
);

/** The framework adds that of the API. */
export const OUTPUTS: readonly string[] = [
  'HttpApiUrl',
  ...[STACK, ...globSync('deploy/*.yml', { cwd: ROOT }).map(read)].flatMap((text) =>
    namesIn(text.split('Outputs:')[1] ?? '', /^ +([A-Z]\w+):/gm),
  ),
];
