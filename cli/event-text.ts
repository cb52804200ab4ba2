/** The text of a message that an operator hands in, read as the functions read it. */
import { readJson } from '../events/json-text.ts';
import { fieldsOf } from '../events/shapes.ts';
import { type EventPart, parseMessage, type RefusedPart } from '../lib/consume/parse-message.ts';
import type { Context } from './context.ts';
import { type CliError, usageError } from './failure.ts';
import { commandLine } from './shell.ts';

/**
 * As `parseMessage`. Throws CliError `dead-letter-body` (usage error): the functions believe a dead letter only if one
 * of them sends it, so that one of an operator would become a dead letter of its own. A line of an export holds one.
 */
export function parseEventText(
  text: string,
  { now, optionWords }: Pick<Context, 'optionWords'> & { readonly now: number },
): readonly (EventPart | RefusedPart)[] {
  const replay = (id: string): string => commandLine({ optionWords }, `dlq replay --message-id ${id}`);
  const messageId = exportedMessageId(text);
  if (messageId !== undefined) throw exported(replay(messageId));
  const parts = parseMessage(text, { now, opensDeadLetters: true });
  if (parts.every(({ redriven }) => redriven === undefined)) return parts;
  throw exported(replay('<messageId of its line in the export>'));
}

/** Of the first line of what `dlq export` wrote. */
function exportedMessageId(text: string): string | undefined {
  const [line = ''] = text.trimStart().split('\n', 1);
  const json = readJson(line);
  if (json.kind !== 'json') return undefined;
  const { messageId, reason, droppedFrom } = fieldsOf(json.value);
  const isExported = typeof reason === 'string' && typeof droppedFrom === 'string';
  return isExported && typeof messageId === 'string' ? messageId : undefined;
}

const exported = (replay: string): CliError =>
  usageError(
    'dead-letter-body',
    'this is an exported dead letter, which only the function `replay` can send again',
    `\`${replay}\`; if it is no longer in the queue, send its event with a new id`,
  );
