/**
 * docs/deploy.md names each parameter once, only outputs that exist, and commands that write a file of variables which
 * the CLI reads.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addEnvFile } from '../../cli/env-file.ts';
import { skipWithout } from '../support/host-tool.ts';
import { quotedIn, rowsOf, sectionOf } from './markdown.ts';
import { OUTPUTS, PARAMETERS } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const TEXT = read('docs/deploy.md');
const MISSING_JQ =
  spawnSync('jq', ['--version']).status === 0 ? undefined : 'jq not found: install it with "apt-get install jq"';

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

it('shows only existing parameters in the section of a stage', () => {
  const shown = /```yaml\nparams:\n {2}prod:.*\n([\s\S]*?)```/.exec(TEXT)?.[1] ?? '';
  const names = [...shown.matchAll(/^ {4}(\w+):/gm)].map(([, name = '']) => name);
  expect(names).toContain('mode');
  expect(names.filter((name) => !PARAMETERS.includes(name))).toEqual([]);
});

describe('the lines that write prod.env', () => {
  const [, program = ''] = /^jq -r '([^']*)' variables\.json > prod\.env/m.exec(TEXT) ?? [];
  const [, region = ''] = /^echo (\S+) >> prod\.env/m.exec(TEXT) ?? [];
  const VALUES = {
    PROTECTED: JSON.stringify([{ accessKeyId: 'CWABCDEFGHIJKLMN', owner: 'a "b"', reason: "it's prod # two" }]),
    LIMITS: '{"totalPerDay":400}',
    QUOTED: '\'a\' "b" $HOME \\n',
    EMPTY: '',
  };
  /** The jq program, whose effect `byHand` repeats so that the first test needs no jq. */
  const PROGRAM = String.raw`to_entries[] | "\(.key)=\u0060\(.value)\u0060"`;
  const byHand = Object.entries(VALUES).map(([name, value]) => `${name}=\`${value}\`\n`);

  it('write what --env-file reads, both kinds of quotes included', () => {
    expect(program).toBe(PROGRAM);
    const file = join(mkdtempSync(join(tmpdir(), 'deploy-')), 'prod.env');
    writeFileSync(file, `${byHand.join('')}${region}\n`);
    const env: NodeJS.ProcessEnv = {};
    addEnvFile(env, file);
    expect(env).toEqual({ ...VALUES, AWS_REGION: 'eu-central-1' });
    rmSync(dirname(file), { recursive: true });
  });

  it('are the output of jq', ({ skip }) => {
    skipWithout(skip, MISSING_JQ);
    expect(execFileSync('jq', ['-r', program], { input: JSON.stringify(VALUES), encoding: 'utf8' })).toBe(
      byHand.join(''),
    );
  });
});
