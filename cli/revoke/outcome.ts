/** How the result of `revoker revoke --wait` is shown, with the next step. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { parseKeyState } from '../../lib/coreweave/key-state.ts';
import { FOLLOW_UP_TIMES } from '../../lib/model/follow-up.ts';
import type { Json } from '../../lib/model/json.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line, Span } from '../../terminal/lines.ts';
import { explainApiFailure } from '../api-failure.ts';
import { commandLine } from '../shell.ts';
import type { WaitResult } from './wait.ts';

export interface WaitOutcome {
  readonly json: { readonly [name: string]: Json };
  readonly lines: readonly Line[];
  readonly exitCode: 0 | 1;
}

interface FinalText extends Pick<WaitOutcome, 'exitCode'> {
  readonly head: Span;
  readonly text: string;
  readonly next?: string;
}

/** As `status` and the report call it. */
const VERIFIED: Span = { text: 'revoked (verified)', color: 'green' };

/** Results that need no further details. */
const FINAL_TEXTS: Readonly<Record<'gone' | 'gone-before' | 'not-found' | 'no-keys', FinalText>> = {
  gone: {
    head: VERIFIED,
    text: ': the API reports the key as deleted, expired or not found',
    exitCode: 0,
  },
  'gone-before': {
    head: { text: 'already revoked', color: 'green' },
    text: ': before this event, the API reported the key as deleted or expired',
    exitCode: 0,
  },
  'not-found': {
    head: { text: 'not found', color: 'yellow' },
    text: ': the API reports no such key, now and before the event',
    next: 'next: check the id and the organization of the key. If both are correct, the key was deleted earlier',
    exitCode: 1,
  },
  'no-keys': {
    head: { text: 'nothing to revoke', color: 'yellow' },
    text: ': the principal has no live key and had none before the event',
    next: 'next: if you expected keys, check the exact spelling with `revoker keys`',
    exitCode: 0,
  },
};

export interface WaitedFor {
  readonly event: CanonicalEvent;
  /** The command that shows the state of the event later. */
  readonly status: string;
  readonly optionWords: string;
  readonly env: NodeJS.ProcessEnv;
}

export async function toWaitOutcome(result: WaitResult, waited: WaitedFor): Promise<WaitOutcome> {
  switch (result.kind) {
    case 'gone':
    case 'gone-before':
    case 'not-found':
    case 'no-keys': {
      const { head, text, next, exitCode } = FINAL_TEXTS[result.kind];
      const lines: readonly Line[] = [[head, text], ...(next === undefined ? [] : [[next]])];
      return { json: { outcome: result.kind }, lines, exitCode };
    }
    case 'done':
      return doneOutcome(result.live);
    case 'dead-letter': {
      const { reason, detail, messageId } = result.deadLetter;
      return {
        json: { outcome: 'dead-letter', reason, detail, letter: messageId },
        lines: [
          [{ text: 'dead letter', color: 'yellow' }, `: ${reason}, ${detail}`],
          [`next: ${commandLine(waited, `dlq show ${messageId}`)}`],
        ],
        exitCode: 1,
      };
    }
    case 'pending':
    case 'stopped': {
      const lines = await unsettledLines(result, waited);
      return { json: { outcome: 'pending', detail: result.seen }, lines, exitCode: 1 };
    }
  }
}

function doneOutcome(live: readonly string[] | undefined): WaitOutcome {
  if (live === undefined) {
    return {
      json: { outcome: 'done' },
      lines: [[{ text: 'done', color: 'green' }, ' according to the ledger; the keys cannot be listed now']],
      exitCode: 0,
    };
  }
  const json = { outcome: 'done', live: [...live] };
  if (live.length === 0)
    return { json, lines: [[VERIFIED, ': the API lists no live key of the principal']], exitCode: 0 };
  return {
    json,
    lines: [
      [{ text: 'done', color: 'yellow' }, `: ${pluralize(live.length, 'live key')} created since: ${live.join(' ')}`],
      [`next: follow-up checks run after ${FOLLOW_UP_TIMES}; then list the keys with \`revoker keys\``],
    ],
    exitCode: 1,
  };
}

type Unsettled = Extract<WaitResult, { readonly seen: string }>;

const NOT_TAKEN_UP = 'if that shows nothing, check that the function is deployed and not in dry-run mode';

async function unsettledLines(
  { kind, seen, observed }: Unsettled,
  { event: { data }, status, env }: WaitedFor,
): Promise<readonly Line[]> {
  const next: Line = [`next: ${status}`];
  const head = (text: string): Line => [{ text: 'pending', color: 'yellow' }, `: ${text}`];
  if (kind === 'stopped') return [head('the wait has ended, and the event is on its way'), next];
  const key = 'accessKeyId' in data ? data.accessKeyId : undefined;
  if (observed === undefined || key === undefined || parseKeyState(key, observed).kind === 'live')
    return [head(seen), next, [`  ${NOT_TAKEN_UP}`]];
  // The function may be fine while the poll of the CLI itself has failed.
  const failure = await explainApiFailure(observed, env);
  return [
    head(`${seen} (${failure.message}); the function may have revoked it`),
    next,
    [`  to read the key from here: ${failure.next}`],
  ];
}
