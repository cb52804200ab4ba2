/** Reads the dead-letter queue for commands. Every dead letter is visible to others again at the end, at Ctrl-C too. */
import { iterateDeadLetters, type QueuedDeadLetter } from '../lib/dead-letters/iterate.ts';
import type { Resend, StoredDeadLetter } from '../lib/dead-letters/read.ts';
import { optional } from '../lib/io/config/environment.ts';
import { V } from '../lib/io/config/variables.ts';
import { sha256 } from '../lib/io/node.ts';
import { createDeadLetterQueue } from '../lib/io/sqs/inbox.ts';
import { principalIdOf, type SenderSettings } from '../lib/model/sender.ts';
import { originalSender } from '../lib/replay/redrive.ts';
import { type Context, createTerminalLog } from './context.ts';
import { CliError } from './failure.ts';
import { readConfigFor } from './services.ts';

type Unsendable = Extract<Resend, { readonly kind: 'none' }>;
type Sendable = Exclude<Resend, Unsendable>;

/**
 * Without what was received, which may have 250 KB: a sender could otherwise send more than fits into the memory of a
 * command that keeps all dead letters.
 */
export interface ListedDeadLetter extends StoredDeadLetter {
  readonly raw?: never;
  readonly resend: Unsendable | (Sendable & { readonly body: '' });
}

export const withoutTexts = ({ raw: _, resend, ...facts }: StoredDeadLetter): ListedDeadLetter => ({
  ...facts,
  resend: resend.kind === 'none' ? resend : { ...resend, body: '' },
});

/**
 * With who sent it, as far as that is verified. A text in the form of a dead letter is believed of our own functions
 * alone; of any other message, and of one that SQS moved, its SenderId says. Without OWN_ROLES all are believed.
 */
export function withSender({ env }: Pick<Context, 'env'>, queued: Omit<QueuedDeadLetter, 'remove'>): StoredDeadLetter {
  const { deadLetter, message } = queued;
  const own: SenderSettings['own'] = optional(env, V.ownRoles) ?? new Map();
  const moved = deadLetter.sender === undefined;
  const deliverer = principalIdOf(message.senderId);
  if (!moved && (own.size === 0 || own.has(deliverer))) return deadLetter;
  return { ...deadLetter, sender: moved ? originalSender(queued, { senders: { own } }) : deliverer };
}

/** Asked before each dead letter; true ends the reading. */
export type ShouldStop = () => boolean;

export interface ReadOptions {
  readonly shouldStop?: ShouldStop;
  /** What SQS says is visible: a second empty answer is not waited for once so many were read. */
  readonly expected?: number;
}

/**
 * Yields the dead letters that no other consumer holds. Throws DeadLettersUnavailable and, without a `shouldStop`,
 * CliError `interrupted` at Ctrl-C.
 */
export async function* readDeadLetters(
  context: Context,
  { shouldStop, expected }: ReadOptions = {},
): AsyncGenerator<QueuedDeadLetter, void> {
  const { env, clock, terminal } = context;
  const inbox = createDeadLetterQueue({ url: readConfigFor(env, 'deadLetters').deadLetterQueueUrl });
  let interrupted = false;
  const stopListening = terminal.onInterrupt(() => {
    interrupted = true;
  });
  try {
    // Times of messages are by the clock of SQS, with which a command does not compare its own.
    const iteration = {
      halt: shouldStop ?? (() => interrupted),
      ...(expected === undefined ? {} : { expected }),
    };
    const ports = { inbox, clock, sha256, log: createTerminalLog(terminal) };
    for await (const queued of iterateDeadLetters(ports, iteration)) {
      yield { ...queued, deadLetter: withSender(context, queued) };
    }
  } finally {
    stopListening();
  }
  if (interrupted && shouldStop === undefined) {
    throw new CliError({
      code: 'interrupted',
      message: 'stopped before all dead letters were read',
      next: 'run it again',
    });
  }
}

/** Resolves with all that are wanted. Throws as `readDeadLetters`. */
export async function listDeadLetters(
  context: Context,
  { isWanted = () => true, ...options }: ReadOptions & { readonly isWanted?: (each: StoredDeadLetter) => boolean } = {},
): Promise<readonly ListedDeadLetter[]> {
  const found: ListedDeadLetter[] = [];
  for await (const { deadLetter } of readDeadLetters(context, options)) {
    if (isWanted(deadLetter)) found.push(withoutTexts(deadLetter));
  }
  return found;
}

/** Resolves with the first match. Throws as `readDeadLetters`. */
export async function findDeadLetter(
  context: Context,
  matches: (deadLetter: StoredDeadLetter) => boolean,
  shouldStop?: ShouldStop,
): Promise<QueuedDeadLetter | undefined> {
  const options = shouldStop === undefined ? {} : { shouldStop };
  for await (const queued of readDeadLetters(context, options)) if (matches(queued.deadLetter)) return queued;
  return undefined;
}
