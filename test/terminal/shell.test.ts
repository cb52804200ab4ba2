import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { toShellWord } from '../../terminal/shell.ts';

it('toShellWord: unquoted where the shell reads the text as it is', () => {
  expect(['leaver-7', '//hr.example/acme', 'a@b.c:1'].map(toShellWord)).toEqual([
    'leaver-7',
    '//hr.example/acme',
    'a@b.c:1',
  ]);
});

it('toShellWord: one word for a POSIX shell, whatever the text', () => {
  const texts = ['', 'two words', "it's", '$(id) `id` $HOME', 'a;b&c|d>e', '\\', '"', '*', '{"a":"b"}', '-n', '~'];
  const script = `printf '%s\\0' ${texts.map(toShellWord).join(' ')}`;
  const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
  expect(words).toEqual(texts);
});
