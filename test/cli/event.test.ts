import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { statusCommand } from '../../cli/event.ts';

describe('statusCommand', () => {
  it('statusCommand: unquoted where the shell reads id and source as they are', () => {
    expect(statusCommand({ id: 'offboarding-7', source: '//hr.example/acme' })).toBe(
      'revoker status offboarding-7 --source //hr.example/acme',
    );
  });

  it('statusCommand: id and source stay one word each in a POSIX shell, whatever the sender put into them', () => {
    for (const text of ['', 'two words', "it's", '$(id) `id` $HOME', 'a;b&c|d>e', '\\', '"', '*', '{"a":"b"}', '~']) {
      const script = `revoker() { printf '%s\\0' "$@"; }\n${statusCommand({ id: text, source: text })}`;
      const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
      expect(words).toEqual(['status', text, '--source', text]);
    }
  });
});
