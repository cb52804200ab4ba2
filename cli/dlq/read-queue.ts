/** The dead-letter queue for commands that look: walked letter by letter, and every letter shown to others again, at Ctrl-C too. */
import type { Letter } from '../../lib/dead-letters/read.ts';
import { type Walked, walkLetters } from '../../lib/dead-letters/walk.ts';
import { sha256 } from '../../lib/io/node.ts';
import { createInbox } from '../../lib/io/sqs/inbox.ts';
import type { Context } from '../context.ts';
import { CliError } from '../failure.ts';
import { terminalLog } from '../log.ts';
import { configFor } from '../services.ts';

/** Asked before each letter; true: no more of them. */
export type Halt = () => boolean;

/**
 * Yields the letters that are on the queue and that nobody else has in hand, until `halt` says so. Throws
 * LettersUnavailable, and, where there is no `halt`, CliError `interrupted` at Ctrl-C.
 */
export async function* lettersIn({ env, clock, terminal }: Context, halt?: Halt): AsyncGenerator<Walked, void> {
  const inbox = createInbox({ url: configFor(env, 'deadLetters').deadLetterQueueUrl });
  let interrupted = false;
  const settle = terminal.onInterrupt(() => {
    interrupted = true;
  });
  try {
    // SQS stamps letters by its own clock: whoever only looks need not compare it with ours.
    const walk = { startedAt: Number.MAX_SAFE_INTEGER, halt: halt ?? (() => interrupted) };
    yield* walkLetters({ inbox, clock, sha256, log: terminalLog(terminal) }, walk);
  } finally {
    settle();
  }
  if (interrupted && halt === undefined) {
    throw new CliError({ code: 'interrupted', message: 'stopped before all letters were seen', next: 'run it again' });
  }
}

/** Takes what tells the letter; resolves with the first such one. Throws as `lettersIn`. */
export async function findLetter(
  context: Context,
  is: (letter: Letter) => boolean,
  halt?: Halt,
): Promise<Walked | undefined> {
  for await (const walked of lettersIn(context, halt)) if (is(walked.letter)) return walked;
  return undefined;
}
