/** Reads the dead-letter queue for commands. Every dead letter is visible to others again at the end, at Ctrl-C too. */
import type { Letter } from '../lib/dead-letters/read.ts';
import { type Walked, walkLetters } from '../lib/dead-letters/walk.ts';
import { sha256 } from '../lib/io/node.ts';
import { createInbox } from '../lib/io/sqs/inbox.ts';
import { type Context, createTerminalLog } from './context.ts';
import { CliError } from './failure.ts';
import { readConfigFor } from './services.ts';

/** Asked before each dead letter; true ends the reading. */
export type ShouldStop = () => boolean;

/**
 * Yields the dead letters that no other consumer holds. Throws LettersUnavailable and, without a `shouldStop`, CliError
 * `interrupted` at Ctrl-C.
 */
export async function* readDeadLetters(
  { env, clock, terminal }: Context,
  shouldStop?: ShouldStop,
): AsyncGenerator<Walked, void> {
  const inbox = createInbox({ url: readConfigFor(env, 'deadLetters').deadLetterQueueUrl });
  let interrupted = false;
  const stopListening = terminal.onInterrupt(() => {
    interrupted = true;
  });
  try {
    // Times of messages are by the clock of SQS. A command that only reads does not compare them with its own.
    const walk = { startedAt: Number.MAX_SAFE_INTEGER, halt: shouldStop ?? (() => interrupted) };
    yield* walkLetters({ inbox, clock, sha256, log: createTerminalLog(terminal) }, walk);
  } finally {
    stopListening();
  }
  if (interrupted && shouldStop === undefined) {
    throw new CliError({ code: 'interrupted', message: 'stopped before all letters were seen', next: 'run it again' });
  }
}

/** Resolves with the first match. Throws as `readDeadLetters`. */
export async function findDeadLetter(
  context: Context,
  matches: (deadLetter: Letter) => boolean,
  shouldStop?: ShouldStop,
): Promise<Walked | undefined> {
  for await (const walked of readDeadLetters(context, shouldStop)) if (matches(walked.letter)) return walked;
  return undefined;
}
