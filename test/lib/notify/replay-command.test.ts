/**
 * The command that sends a letter round again: which letters have one, and that nothing a sender writes gets out of its
 * quotes.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURE_REASONS, HELD_CONFLICT, HOLD_REASONS, type Reason } from '../../../lib/model/reasons.ts';
import { replayCommand } from '../../../lib/notify/replay-command.ts';

const EVENT = { source: '//hr.example/acme', id: 'leaver-7' };
const WORDS = `--source='//hr.example/acme' --event-id='leaver-7'`;

describe('a letter', () => {
  it.each(HOLD_REASONS)('that is held can be approved, by reason and event: %s', (reason) => {
    expect(replayCommand(reason, EVENT)).toBe(`npm run -s revoker -- dlq replay --reason=${reason} ${WORDS} --approve`);
  });

  it('that went round too often can be approved', () => {
    expect(replayCommand('replay-limit', EVENT)).toBe(
      `npm run -s revoker -- dlq replay --reason=replay-limit ${WORDS} --approve`,
    );
  });

  it('of what can be mended is sent again, and approves nothing', () => {
    const others: readonly Reason[] = [...FAILURE_REASONS, HELD_CONFLICT];
    const mended = others
      .map((reason) => [reason, replayCommand(reason, EVENT)])
      .filter(([reason, command]) => reason !== 'replay-limit' && command !== '');
    expect(mended).toEqual(
      ['unknown-version', 'unmappable', 'unresolved', 'api-rejected', 'retries-exhausted', 'unconfirmed'].map(
        (reason) => [reason, `npm run -s revoker -- dlq replay --reason=${reason} ${WORDS}`],
      ),
    );
  });
});

describe('what a sender chose', () => {
  it('stays within its quotes', () => {
    const hostile = { source: `'; rm -rf ~ #`, id: `--approve'$(id)'"\\` };
    expect(replayCommand('held-limit', hostile)).toBe(
      `npm run -s revoker -- dlq replay --reason=held-limit --source=''\\''; rm -rf ~ #' --event-id='--approve'\\''$(id)'\\''"\\' --approve`,
    );
  });

  it.each([
    ['an empty id', { ...EVENT, id: '' }],
    ['no source', { ...EVENT, source: '' }],
    ['a line break', { ...EVENT, id: 'a\nb' }],
    ['a line break at its end', { ...EVENT, id: 'a\n' }],
    ['a control character before', { ...EVENT, id: '\u001ba' }],
    ['an invisible character', { ...EVENT, source: '//hr\u202e' }],
    ['more than 512 characters', { ...EVENT, source: 'x'.repeat(513) }],
  ])('is no part of a command if it is no name of an event: %s', (_, event) => {
    expect(replayCommand('held-limit', event)).toBe('');
  });

  it('may be 512 characters long', () => {
    const longest = 'x'.repeat(512);
    expect(replayCommand('held-limit', { source: longest, id: longest })).toBe(
      `npm run -s revoker -- dlq replay --reason=held-limit --source='${longest}' --event-id='${longest}' --approve`,
    );
  });

  it('comes out of a shell as it went in', () => {
    const label = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(
        label.filter((text) => text !== ''),
        label.filter((text) => text !== ''),
        (source, id) => {
          expect(wordsOf(replayCommand('held-stale', { source, id })).slice(-3)).toEqual([
            `--source=${source}`,
            `--event-id=${id}`,
            '--approve',
          ]);
        },
      ),
    );
  });
});

/** Splits as a POSIX shell does. Knows single quotes and escaped characters only, all that our commands need. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/(?:'[^']*'|\\.|[\w./=-])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|\\(.)/g, (_, within: string | undefined, escaped: string) => within ?? escaped),
  );
}
