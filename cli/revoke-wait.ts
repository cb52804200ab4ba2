/** What `revoker revoke --wait` sees, in words. */
import type { CanonicalEvent } from '../events/canonical.ts';
import type { AccessKeyId, PrincipalName } from '../events/ids.ts';
import type { Json } from '../lib/domain/json.ts';
import type { Letter } from '../lib/domain/letter.ts';
import { type Followed, type Following, followKey, followPrincipal, liveKeys, lookAtKey } from '../lib/follow.ts';
import { sha256 } from '../lib/io/hash.ts';
import type { Context } from './context.ts';
import { findLetter } from './letters.ts';
import { counted, type Line } from './lines.ts';
import { pendingLines } from './revoke-pending.ts';
import { apiOf, configFor, ledgerOf } from './services.ts';

export interface Outcome {
  readonly json: { readonly [name: string]: Json };
  readonly lines: readonly Line[];
  readonly exitCode: 0 | 1;
}

interface Target {
  readonly key?: AccessKeyId;
  readonly principal?: PrincipalName;
  /** Seconds. */
  readonly timeout: number;
}

/** The end of a wait: takes the event that was sent, resolves with what became of it. */
export type Wait = (event: CanonicalEvent) => Promise<Outcome>;

/**
 * Takes whom it is about; returns what looks at them as they are before the event is sent, and gives the wait for after it.
 * Throws ConfigError at once: before anything is sent.
 */
export function follow(context: Context, { key, principal, timeout }: Target): () => Wait {
  const { env, clock, terminal } = context;
  const { api, timeoutMs } = apiOf(env);
  // A key's event has no row, but the port is one for both.
  const { table } =
    key === undefined
      ? ledgerOf(env)
      : ledgerOf({ ...env, MODE: env.MODE || 'enforce', LEDGER_TABLE: env.LEDGER_TABLE || 'not-used' });
  configFor(env, 'deadLetters');
  const waiting = async (event: CanonicalEvent, end: (following: Following) => Promise<Followed>): Promise<Outcome> => {
    let halted = false;
    const settle = terminal.onInterrupt(() => {
      halted = true;
    });
    const halt = (): boolean => halted;
    const letterOf = async (sought: CanonicalEvent): Promise<Letter | undefined> => {
      const is = ({ about }: Letter) => about.id === sought.id && about.source === sought.source;
      return (await findLetter(context, is, halt))?.letter;
    };
    const endsAt = clock.now() + timeout * 1_000;
    terminal.writeError(`waiting for its outcome, for up to ${timeout} s; Ctrl-C ends the wait, not the event\n`);
    try {
      const ports = { api, clock, table, sha256 };
      return outcomeOf(await end({ ports, letterOf, timeoutMs, endsAt, halt }), event);
    } finally {
      settle();
    }
  };
  // The look goes out first and is not waited for: an API that does not answer must not keep the event back.
  return () => {
    if (key !== undefined) {
      const before = lookAtKey(api, key, timeoutMs);
      return (event) => waiting(event, async (following) => followKey(following, event, key, (await before).state));
    }
    if (principal === undefined) throw new Error('no target');
    const before = liveKeys(api, principal, timeoutMs);
    return (event) => waiting(event, async (following) => followPrincipal(following, event, principal, await before));
  };
}

function outcomeOf(followed: Followed, event: CanonicalEvent): Outcome {
  switch (followed.kind) {
    case 'gone':
      return {
        json: { outcome: 'gone' },
        lines: [[{ text: 'gone', colour: 'green' }, ': the API shows the key as deleted or expired, or no more']],
        exitCode: 0,
      };
    case 'gone-before':
      return {
        json: { outcome: 'gone-before' },
        lines: [
          [
            { text: 'gone', colour: 'green' },
            ', and was before this event: the API shows the key as deleted or expired',
          ],
        ],
        exitCode: 0,
      };
    case 'not-found':
      return {
        json: { outcome: 'not-found' },
        lines: [
          [{ text: 'not found', colour: 'yellow' }, ': the API shows no such key, and showed none before'],
          ["next: is the id mistyped, or the key another organisation's? If it is right, it is long gone"],
        ],
        exitCode: 1,
      };
    case 'no-keys':
      return {
        json: { outcome: 'no-keys' },
        lines: [
          [{ text: 'done', colour: 'yellow' }, ': it has no live key, and had none before'],
          ['next: if you expected some, is the name spelt so, byte for byte? Look with `revoker keys`'],
        ],
        exitCode: 0,
      };
    case 'done':
      return doneOutcome(followed.live);
    case 'letter': {
      const { reason, detail, messageId } = followed.letter;
      return {
        json: { outcome: 'dead-letter', reason, detail, letter: messageId },
        lines: [
          [{ text: 'dead letter', colour: 'yellow' }, `: ${reason}, ${detail}`],
          [`next: revoker dlq show ${messageId}`],
        ],
        exitCode: 1,
      };
    }
    case 'pending':
      return { json: { outcome: 'pending', detail: followed.seen }, lines: pendingLines(followed, event), exitCode: 1 };
  }
}

function doneOutcome(live: readonly string[] | undefined): Outcome {
  if (live === undefined) {
    return {
      json: { outcome: 'done' },
      lines: [[{ text: 'done', colour: 'green' }, ': the ledger says so; the keys cannot be listed now']],
      exitCode: 0,
    };
  }
  const none = live.length === 0;
  return {
    json: { outcome: 'done', live: [...live] },
    lines: [
      [
        { text: 'done', colour: none ? 'green' : 'yellow' },
        `: ${none ? 'no live key is left' : `${counted(live.length, 'key')} live since: ${live.join(' ')}`}`,
      ],
      ...(none ? [] : [['next: follow-up checks look again after 1, 6 and 21 minutes; then look with `revoker keys`']]),
    ],
    exitCode: none ? 0 : 1,
  };
}
