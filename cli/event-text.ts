/** The text of a message that an operator hands in, read as the functions read it. */
import { type EventPart, parseMessage, type RefusedPart } from '../lib/consume/parse-message.ts';
import { usageError } from './failure.ts';

/**
 * As `parseMessage`. Throws CliError `dead-letter-body` (usage error): the functions believe a dead letter only if one
 * of them sends it, so that one of an operator would become a dead letter of its own.
 */
export function parseEventText(text: string, now: number): readonly (EventPart | RefusedPart)[] {
  const parts = parseMessage(text, { now, opensDeadLetters: true });
  if (parts.every(({ redriven }) => redriven === undefined)) return parts;
  throw usageError(
    'dead-letter-body',
    'this is an exported dead letter, which only the function `replay` can send again',
    '`revoker dlq replay --message-id <messageId of its line in the export>`; ' +
      'if it is no longer in the queue, send its event with a new id',
  );
}
