/** `revoker revoke --wait`: reads the state before the event is sent, then waits for the outcome. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { sha256 } from '../../lib/io/node.ts';
import type { Context } from '../context.ts';
import { findDeadLetter } from '../dead-letters.ts';
import { openApi, openLedger, readConfigFor } from '../services.ts';
import {
  listKeysOfPrincipal,
  readKeyState,
  type WaitContext,
  type WaitResult,
  waitForKey,
  waitForPrincipal,
} from './wait.ts';

interface WaitTarget {
  readonly key?: AccessKeyId;
  readonly principal?: PrincipalName;
  /** Seconds. */
  readonly timeout: number;
}

/** Waits for the outcome of the event that was sent. */
export type Wait = (event: CanonicalEvent) => Promise<WaitResult>;

type WaitParts = Pick<WaitContext, 'ports' | 'timeoutMs'>;

/**
 * Returns the function to call just before the event is sent, which returns the wait itself. Throws ConfigError at
 * once, before anything is sent.
 */
export function prepareWait(context: Context, { key, principal, timeout }: WaitTarget): () => Wait {
  const { env, clock } = context;
  const { api, timeoutMs } = openApi(env);
  // The event of a key has no ledger row, but both waits share one set of ports.
  const { table } =
    key === undefined
      ? openLedger(env)
      : openLedger({ ...env, MODE: env.MODE || 'enforce', LEDGER_TABLE: env.LEDGER_TABLE || 'not-used' });
  readConfigFor(env, 'deadLetters');
  const parts: WaitParts = { ports: { api, clock, table, sha256 }, timeoutMs };
  const wait = (waitFor: RunningWait['waitFor']): Promise<WaitResult> => runWait(context, parts, { timeout, waitFor });
  // The read before the event is not awaited: an API that does not answer must not delay the event.
  return () => {
    if (key !== undefined) {
      const before = readKeyState(api, key, timeoutMs);
      return (event) => wait(async (each) => waitForKey(each, event, key, (await before).state));
    }
    if (principal === undefined) throw new Error('no target');
    const before = listKeysOfPrincipal(api, principal, timeoutMs);
    return (event) => wait(async (each) => waitForPrincipal(each, event, principal, await before));
  };
}

interface RunningWait {
  /** Seconds. */
  readonly timeout: number;
  readonly waitFor: (wait: WaitContext) => Promise<WaitResult>;
}

/** Ctrl-C ends the wait after one more poll. */
async function runWait(context: Context, parts: WaitParts, { timeout, waitFor }: RunningWait): Promise<WaitResult> {
  const { clock, terminal } = context;
  let interrupted = false;
  const stopListening = terminal.onInterrupt(() => {
    interrupted = true;
  });
  const shouldStop = (): boolean => interrupted;
  const findOwnDeadLetter = async ({ id, source }: CanonicalEvent): Promise<StoredDeadLetter | undefined> => {
    const isOwn = ({ about }: StoredDeadLetter) => about.id === id && about.source === source;
    return (await findDeadLetter(context, isOwn, shouldStop))?.deadLetter;
  };
  const endsAt = clock.now() + timeout * 1_000;
  terminal.writeError(`waiting for its outcome, for up to ${timeout} s; Ctrl-C ends the wait, not the event\n`);
  try {
    return await waitFor({ ...parts, findDeadLetter: findOwnDeadLetter, endsAt, shouldStop });
  } finally {
    stopListening();
  }
}
