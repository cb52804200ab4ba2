/** What `revoker revoke --wait` sees, in words. */
import type { CanonicalEvent } from '../events/canonical.ts';
import type { AccessKeyId, PrincipalName } from '../events/ids.ts';
import type { Json } from '../lib/domain/json.ts';
import type { Letter } from '../lib/domain/letter.ts';
import { type Followed, followKey, followPrincipal } from '../lib/follow.ts';
import { sha256 } from '../lib/io/hash.ts';
import { apiFailureOf } from './api-failure.ts';
import type { Context } from './context.ts';
import { findLetter } from './letters.ts';
import { counted, type Line } from './lines.ts';
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

/** Takes whom it is about; returns the function that follows the event. Throws ConfigError before anything is sent. */
export function follow(
  context: Context,
  { key, principal, timeout }: Target,
): (event: CanonicalEvent) => Promise<Outcome> {
  const { env, clock, terminal } = context;
  const { api, timeoutMs } = apiOf(env);
  // A key's event has no row, but the port is one for both.
  const { table } =
    key === undefined
      ? ledgerOf(env)
      : ledgerOf({ ...env, MODE: env.MODE || 'enforce', LEDGER_TABLE: env.LEDGER_TABLE || 'not-used' });
  configFor(env, 'deadLetters');
  return async (event) => {
    let halted = false;
    const settle = terminal.onInterrupt(() => {
      halted = true;
    });
    const halt = (): boolean => halted;
    const following = {
      ports: { api, clock, table, sha256 },
      letterOf: async (sought: CanonicalEvent) => {
        const is = ({ about }: Letter) => about.id === sought.id && about.source === sought.source;
        return (await findLetter(context, is, halt))?.letter;
      },
      timeoutMs,
      endsAt: clock.now() + timeout * 1_000,
      halt,
    };
    terminal.writeError(`waiting for its outcome, for up to ${timeout} s; Ctrl-C ends the wait, not the event\n`);
    try {
      if (key !== undefined) return outcomeOf(await followKey(following, event, key), event);
      if (principal !== undefined) return outcomeOf(await followPrincipal(following, event, principal), event);
      throw new Error('no target');
    } finally {
      settle();
    }
  };
}

function outcomeOf(followed: Followed, event: CanonicalEvent): Outcome {
  switch (followed.kind) {
    case 'gone':
      return {
        json: { outcome: 'gone' },
        lines: [[{ text: 'gone', colour: 'green' }, ': the API shows the key as deleted, or no more']],
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
      return pendingOutcome(followed, event);
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
      ...(none ? [] : [['next: follow-up checks look again after 1, 5 and 15 minutes; then look with `revoker keys`']]),
    ],
    exitCode: none ? 0 : 1,
  };
}

function pendingOutcome({ seen, observed }: Extract<Followed, { kind: 'pending' }>, event: CanonicalEvent): Outcome {
  const unread =
    observed !== undefined && (observed.kind === 'fault' || observed.status !== 200)
      ? ` (${apiFailureOf(observed).message})`
      : '';
  return {
    json: { outcome: 'pending', detail: seen },
    lines: [
      [{ text: 'pending', colour: 'yellow' }, `: ${seen}${unread}`],
      ['next: is the function deployed, and not in dry run? Look again with'],
      [`  revoker status ${event.id} --source ${event.source}`],
    ],
    exitCode: 1,
  };
}
