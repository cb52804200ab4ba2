/** `revoker dlq export`: the dead letters as a file, before SQS drops them. They stay on the queue. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { holdsSecret } from '../../events/secrets.ts';
import type { Walked } from '../../lib/dead-letters/walk.ts';
import { asciiJson } from '../../lib/model/json.ts';
import { pluralize } from '../../terminal/format.ts';
import { type Act, type Context, helpEnd, type Report } from '../context.ts';
import { wrongUse } from '../failure.ts';
import { createQueueDesk } from '../io/queue-admin.ts';
import { configFor } from '../services.ts';
import { type Halt, lettersIn } from './read-queue.ts';

export function addDlqExport(parent: Command, act: Act): void {
  parent
    .command('export <file>')
    .option('--force', 'replace a file that is there')
    .description('write all dead letters to a file (JSON lines, readable by you alone); they stay on the queue')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['dlq export letters.jsonl', 'before SQS drops them after its days of retention'],
          [
            'sed -n 1p letters.jsonl | jq -r .body | revoker send -',
            'sends an exported letter again, without approval',
          ],
        ],
        '{"file","letters","withheld","complete"}; withheld: letters with what looks like a secret, whose body is null.\n' +
          'Lines of the file: {"messageId","reason","detail","about","sentAt","droppedFrom","attributes","body"}.',
      ).replace('$ revoker sed', '$ sed'),
    )
    .action((file: string, { force = false }: { force?: boolean }) =>
      act((context) => exportLetters(context, file, { force })),
    );
}

/** Takes a path; writes the letters. Throws CliError `file-exists` (wrong use). Exit 1 when Ctrl-C came first. */
export async function exportLetters(
  context: Context,
  file: string,
  { force }: { readonly force: boolean },
): Promise<Report> {
  const { env, terminal } = context;
  const { retentionS } = await createQueueDesk().state(configFor(env, 'deadLetters').deadLetterQueueUrl);
  // What is replaced stays until the new file is whole: its letters may be gone from the queue.
  const path = force ? `${file}.${process.pid}.part` : file;
  const handle = await openNew(path);
  let stopped = false;
  const settle = terminal.onInterrupt(() => {
    stopped = true;
  });
  try {
    const { letters, withheld } = await writeLetters(context, handle, {
      retentionMs: retentionS * 1_000,
      halt: () => stopped,
    });
    await handle.close();
    const complete = !stopped;
    if (force && complete) await rename(path, file);
    return {
      json: { file: complete ? file : path, letters, withheld, complete },
      lines: [
        [`${pluralize(letters, 'dead letter')} written to ${complete ? file : path}`],
        ...(withheld > 0 ? [[`${withheld} without body: what looks like a secret is not written out`]] : []),
        ...(complete ? [] : [[{ text: 'stopped', color: 'yellow' as const }, ': there may be more; run it again']]),
      ],
      exitCode: complete ? 0 : 1,
    };
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  } finally {
    settle();
  }
}

/** Opens a file that is not there yet, for its owner alone. */
async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code !== 'EEXIST') throw error;
    throw wrongUse('file-exists', 'the file is there already', 'choose another name, or add --force to replace it');
  }
}

async function writeLetters(
  context: Context,
  handle: FileHandle,
  { retentionMs, halt }: { readonly retentionMs: number; readonly halt: Halt },
): Promise<{ readonly letters: number; readonly withheld: number }> {
  let [letters, withheld] = [0, 0];
  for await (const walked of lettersIn(context, halt)) {
    const { body, attributes } = walked.message;
    const withhold = holdsSecret(body) || Object.values(attributes).some(holdsSecret);
    await handle.writeFile(`${lineOf(walked, { retentionMs, withhold })}\n`);
    letters += 1;
    if (withhold) withheld += 1;
  }
  return { letters, withheld };
}

const lineOf = (
  { letter, message }: Walked,
  { retentionMs, withhold }: { readonly retentionMs: number; readonly withhold: boolean },
): string =>
  asciiJson({
    messageId: letter.messageId,
    reason: letter.reason,
    detail: letter.detail,
    about: { ...letter.about },
    sentAt: new Date(letter.sentAt).toISOString(),
    droppedFrom: new Date(letter.sentAt + retentionMs).toISOString(),
    attributes: withhold ? {} : { ...message.attributes },
    body: withhold ? null : message.body,
  });
