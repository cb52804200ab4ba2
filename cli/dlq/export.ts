/** `revoker dlq export`: writes the dead letters to a file before they expire. They stay on the queue. */
import { statSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { holdsSecret } from '../../events/secrets.ts';
import type { QueuedDeadLetter } from '../../lib/dead-letters/iterate.ts';
import { asciiJson } from '../../lib/model/json.ts';
import { pluralize } from '../../terminal/format.ts';
import { type Context, helpText, printNotice, type Report, type RunAction } from '../context.ts';
import { readDeadLetters, type ShouldStop } from '../dead-letters.ts';
import { nodeCode, usageError } from '../failure.ts';
import { createQueueAdmin } from '../io/queue-admin.ts';
import { readConfigFor } from '../services.ts';
import { countInHand, inHandText } from './table.ts';

export function configureDlqExport(command: Command, runAction: RunAction): void {
  command
    .argument('<file>', 'or `-` for stdout')
    .option('--force', 'replace a file that is there')
    .addHelpText(
      'after',
      helpText(
        [['dlq export dead-letters.jsonl', 'before SQS deletes them at the end of their retention']],
        '{"file","letters","withheld","complete","inHand"}; withheld: dead letters with what looks like a secret,\n' +
          'whose body is null. inHand: hidden, because another consumer has them.\n' +
          'Lines of the file: {"messageId","reason","detail","about","sentAt","droppedFrom","attributes","body"}.',
      ),
    )
    .action((file: string, { force = false }: { force?: boolean }) =>
      runAction((context) => exportDeadLetters(context, file, { force })),
    );
}

/** Throws CliError `file-exists`, `file-unusable` and `wrong-use` (usage errors). Exit code 1 after Ctrl-C. */
async function exportDeadLetters(
  context: Context,
  file: string,
  { force }: { readonly force: boolean },
): Promise<Report> {
  const { env, terminal } = context;
  if (file === '-' && context.json) {
    throw usageError('wrong-use', '--json prints one value on stdout, where the dead letters go', 'name a file');
  }
  const { retentionS, ...counts } = await createQueueAdmin().state(
    readConfigFor(env, 'deadLetters').deadLetterQueueUrl,
  );
  const target = file === '-' ? toStdout(terminal) : await openTarget(file, force);
  let stopped = false;
  const stopListening = terminal.onInterrupt(() => {
    stopped = true;
  });
  try {
    const { count, withheld } = await writeDeadLetters(context, target, {
      retentionMs: retentionS * 1_000,
      shouldStop: () => stopped,
    });
    const complete = !stopped;
    const path = await target.end(complete);
    const inHand = countInHand(counts, count);
    const lines = [
      [`${pluralize(count, 'dead letter')} written to ${path}`],
      ...(withheld > 0 ? [[`${withheld} without body: what looks like a secret is not written out`]] : []),
      ...(complete && inHand > 0 ? [[{ text: `without ${inHandText(inHand)}`, color: 'yellow' as const }]] : []),
      ...(complete ? [] : [[{ text: 'stopped', color: 'yellow' as const }, ': there may be more; run it again']]),
    ];
    if (file === '-') printNotice(context, lines);
    return {
      json: { file: path, letters: count, withheld, complete, inHand },
      lines: file === '-' ? [] : lines,
      exitCode: complete ? 0 : 1,
    };
  } catch (error) {
    await target.discard();
    throw error;
  } finally {
    stopListening();
  }
}

interface ExportTarget {
  write(text: string): unknown;
  /** Resolves with where the dead letters are. */
  end(complete: boolean): Promise<string>;
  discard(): Promise<void>;
}

const toStdout = ({ write }: Pick<Context['terminal'], 'write'>): ExportTarget => ({
  write,
  end: async () => 'stdout',
  discard: async () => undefined,
});

/** With `force`, the old file stays until the new one is complete: its dead letters may have expired on the queue. */
async function openTarget(file: string, force: boolean): Promise<ExportTarget> {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw usageError('file-unusable', `${file} is a directory`, 'name a file in it, or - for stdout');
  }
  const path = force ? `${file}.${process.pid}.part` : file;
  const handle = await openNew(file, path);
  return {
    write: (text) => handle.writeFile(text),
    async end(complete) {
      await handle.close();
      if (!force || !complete) return path;
      await rename(path, file);
      return file;
    },
    async discard() {
      await handle.close();
      await rm(path, { force: true });
    },
  };
}

/** Creates a file that only its owner can read, at `path` until `file` is complete. Fails where it exists. */
async function openNew(file: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const code = nodeCode(error);
    if (code === 'EEXIST') {
      throw usageError('file-exists', `${path} exists already`, 'choose another name, or add --force to replace it');
    }
    if (code !== 'ENOENT') throw error;
    throw usageError('file-unusable', `the folder of ${file} does not exist`, 'create it, or choose another path');
  }
}

async function writeDeadLetters(
  context: Context,
  target: Pick<ExportTarget, 'write'>,
  { retentionMs, shouldStop }: { readonly retentionMs: number; readonly shouldStop: ShouldStop },
): Promise<{ readonly count: number; readonly withheld: number }> {
  let [count, withheld] = [0, 0];
  for await (const queued of readDeadLetters(context, { shouldStop })) {
    const { body, attributes } = queued.message;
    const withhold = holdsSecret(body) || Object.values(attributes).some(holdsSecret);
    await target.write(`${toJsonLine(queued, { retentionMs, withhold })}\n`);
    count += 1;
    if (withhold) withheld += 1;
  }
  return { count, withheld };
}

const toJsonLine = (
  { deadLetter, message }: QueuedDeadLetter,
  { retentionMs, withhold }: { readonly retentionMs: number; readonly withhold: boolean },
): string =>
  asciiJson({
    messageId: deadLetter.messageId,
    reason: deadLetter.reason,
    detail: deadLetter.detail,
    about: { ...deadLetter.about },
    sentAt: new Date(deadLetter.sentAt).toISOString(),
    droppedFrom: new Date(deadLetter.sentAt + retentionMs).toISOString(),
    attributes: withhold ? {} : { ...message.attributes },
    body: withhold ? null : message.body,
  });
