/** The replay command of a notice: which reason codes have one, and that no text of a sender leaves its quotes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURE_REASONS, HOLD_REASONS, type Reason } from '../../../lib/model/reasons.ts';
import { replayCommand, replayHelps, showArguments } from '../../../lib/notify/replay-command.ts';

const EVENT = { source: '//hr.example/acme', id: 'offboarding-7' };
const WORDS = `--source='//hr.example/acme' --event-id='offboarding-7'`;

describe('replayCommand', () => {
  it.each(HOLD_REASONS)('approves a hold by reason and event: %s', (reason) => {
    expect(replayCommand(reason, EVENT)).toBe(`npm run -s revoker -- dlq replay --reason=${reason} ${WORDS} --approve`);
  });

  it('approves a dead letter over the replay limit', () => {
    expect(replayCommand('replay-limit', EVENT)).toBe(
      `npm run -s revoker -- dlq replay --reason=replay-limit ${WORDS} --approve`,
    );
  });

  it('replays fixable failures without an approval, and no others', () => {
    const others: readonly Reason[] = [...FAILURE_REASONS];
    const replayable = others
      .map((reason) => [reason, replayCommand(reason, EVENT)])
      .filter(([reason, command]) => reason !== 'replay-limit' && command !== '');
    expect(replayable).toEqual(
      ['unknown-version', 'unmappable', 'unresolved', 'api-rejected', 'retries-exhausted', 'unconfirmed'].map(
        (reason) => [reason, `npm run -s revoker -- dlq replay --reason=${reason} ${WORDS}`],
      ),
    );
  });
});

describe('replayHelps', () => {
  it('is true for exactly the reasons that have a command', () => {
    const all: readonly Reason[] = [...FAILURE_REASONS, ...HOLD_REASONS];
    expect(all.filter(replayHelps)).toEqual(all.filter((reason) => replayCommand(reason, EVENT) !== ''));
  });
});

describe('showArguments', () => {
  it.each([
    ['offboarding-7', "dlq show 'offboarding-7'"],
    ['ends-with-a-dash-', "dlq show 'ends-with-a-dash-'"],
    ['--json', ''],
    ['a\nb', ''],
    ['', ''],
  ])('of %j are %j: an id that the CLI could take for an option is in no command', (id, expected) => {
    expect(showArguments({ id })).toBe(expected);
  });
});

describe('replayCommand with texts of a sender', () => {
  it('keeps them within quotes', () => {
    const hostile = { source: `'; rm -rf ~ #`, id: `--approve'$(id)'"\\` };
    expect(replayCommand('held-limit', hostile)).toBe(
      `npm run -s revoker -- dlq replay --reason=held-limit --source=''\\''; rm -rf ~ #' ` +
        `--event-id='--approve'\\''$(id)'\\''"\\' --approve`,
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

  it('accepts 512 characters', () => {
    const longest = 'x'.repeat(512);
    expect(replayCommand('held-limit', { source: longest, id: longest })).toBe(
      `npm run -s revoker -- dlq replay --reason=held-limit --source='${longest}' --event-id='${longest}' --approve`,
    );
  });

  it('is read by a shell without changes', () => {
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
