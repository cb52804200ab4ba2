/** How a wait of `revoker revoke` ended, in words, with what to do next. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { sightOf } from '../../lib/coreweave/access-key.ts';
import type { Json } from '../../lib/model/json.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line, Span } from '../../terminal/lines.ts';
import { toShellWord } from '../../terminal/shell.ts';
import { apiFailureOf } from './api-failure.ts';
import type { Followed } from './wait.ts';

export interface Outcome {
  readonly json: { readonly [name: string]: Json };
  readonly lines: readonly Line[];
  readonly exitCode: 0 | 1;
}

interface End extends Pick<Outcome, 'exitCode'> {
  readonly head: Span;
  readonly text: string;
  readonly next?: string;
}

/** Ends of which nothing more is to be told. */
const ENDS: Readonly<Record<'gone' | 'gone-before' | 'not-found' | 'no-keys', End>> = {
  gone: {
    head: { text: 'gone', color: 'green' },
    text: ': the API shows the key as deleted or expired, or no more',
    exitCode: 0,
  },
  'gone-before': {
    head: { text: 'gone', color: 'green' },
    text: ', and was before this event: the API shows the key as deleted or expired',
    exitCode: 0,
  },
  'not-found': {
    head: { text: 'not found', color: 'yellow' },
    text: ': the API shows no such key, and showed none before',
    next: "next: is the id mistyped, or the key another organisation's? If it is right, it is long gone",
    exitCode: 1,
  },
  'no-keys': {
    head: { text: 'done', color: 'yellow' },
    text: ': it has no live key, and had none before',
    next: 'next: if you expected some, is the name spelt so, byte for byte? Look with `revoker keys`',
    exitCode: 0,
  },
};

/** Takes how it ended, and the event; returns what is told of it, and the exit code. */
export function outcomeOf(followed: Followed, event: CanonicalEvent): Outcome {
  switch (followed.kind) {
    case 'gone':
    case 'gone-before':
    case 'not-found':
    case 'no-keys': {
      const { head, text, next, exitCode } = ENDS[followed.kind];
      const lines: readonly Line[] = [[head, text], ...(next === undefined ? [] : [[next]])];
      return { json: { outcome: followed.kind }, lines, exitCode };
    }
    case 'done':
      return doneOutcome(followed.live);
    case 'letter': {
      const { reason, detail, messageId } = followed.letter;
      return {
        json: { outcome: 'dead-letter', reason, detail, letter: messageId },
        lines: [
          [{ text: 'dead letter', color: 'yellow' }, `: ${reason}, ${detail}`],
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
      lines: [[{ text: 'done', color: 'green' }, ': the ledger says so; the keys cannot be listed now']],
      exitCode: 0,
    };
  }
  const none = live.length === 0;
  return {
    json: { outcome: 'done', live: [...live] },
    lines: [
      [
        { text: 'done', color: none ? 'green' : 'yellow' },
        `: ${none ? 'no live key is left' : `${pluralize(live.length, 'key')} live since: ${live.join(' ')}`}`,
      ],
      ...(none ? [] : [['next: follow-up checks look again after 1, 6 and 21 minutes; then look with `revoker keys`']]),
    ],
    exitCode: none ? 0 : 1,
  };
}

type Pending = Extract<Followed, { kind: 'pending' }>;

const DEPLOYED = 'next: is the function deployed, and not in dry run?';

/** The function may be fine, and our own look may have failed. */
function pendingLines({ seen, observed }: Pending, { id, source, data }: CanonicalEvent): readonly Line[] {
  const head = (more = ''): Line => [{ text: 'pending', color: 'yellow' }, `: ${seen}${more}`];
  const key = 'accessKeyId' in data ? data.accessKeyId : undefined;
  if (observed === undefined || key === undefined) {
    return [
      head(),
      [`${DEPLOYED} Look again with`],
      [`  revoker status ${toShellWord(id)} --source ${toShellWord(source)}`],
    ];
  }
  // The ledger has no row of a key, confirmed or not: a look there would tell nothing.
  const records = `look for the event ${id} in the function's audit records`;
  if (sightOf(key, observed).kind === 'live') return [head(), [`${DEPLOYED} Then ${records}`]];
  const { message, next } = apiFailureOf(observed);
  return [
    head(` (${message})`),
    [`next: your own look failed, not the function: ${next}`],
    [`  what the function did: ${records}`],
  ];
}
