/** What `revoker revoke --wait` does: it looks before the event is sent, and follows it to its end. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';
import type { Letter } from '../../lib/dead-letters/read.ts';
import { sha256 } from '../../lib/io/node.ts';
import type { Context } from '../context.ts';
import { findLetter } from '../dlq/read-queue.ts';
import { apiOf, configFor, ledgerOf } from '../services.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { type Followed, type Following, followKey, followPrincipal, liveKeys, lookAtKey } from './wait.ts';

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
