/** `revoker dlq discard`: deletes dead letters that are decided against, with the reason in the audit log. */
import { type Command, InvalidArgumentError } from 'commander';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { readReplayConfig } from '../../lib/io/config/read.ts';
import { sha256, systemChance } from '../../lib/io/node.ts';
import { createDeadLetterQueue } from '../../lib/io/sqs/inbox.ts';
import type { Json } from '../../lib/model/json.ts';
import type { Operator } from '../../lib/model/replay-codes.ts';
import { type DiscardCode, type DiscardReport, discard } from '../../lib/replay/discard.ts';
import { pluralize } from '../../terminal/format.ts';
import { dim, type Line } from '../../terminal/lines.ts';
import {
  type Context,
  confirm,
  createTerminalLog,
  helpText,
  printNotice,
  type Report,
  type RunAction,
} from '../context.ts';
import { listDeadLetters } from '../dead-letters.ts';
import { CliError } from '../failure.ts';
import { identifyOperator } from '../operator.ts';
import { defaultAuditFile, openAuditFile } from './audit-file.ts';
import { byUrgency } from './next-step.ts';
import { formatDeadLetters, isNamed, targetOf } from './table.ts';

interface DiscardOptions {
  readonly reason: string;
  readonly yes?: boolean;
  readonly operator?: string;
  readonly audit?: string;
}

export function configureDlqDiscard(command: Command, runAction: RunAction): void {
  command
    .argument('<ids...>', 'ids of the dead letters (8 characters of each are enough) or of their events')
    .requiredOption('--reason <text>', 'why, in up to 200 characters; it is written to the audit log', parseWhy)
    .option('--yes', 'do not ask')
    .option('--operator <name>', 'who does it, where AWS cannot say (the name of the system user)')
    .option('--audit <file>', 'where audit records are added ($XDG_STATE_HOME/revoker/audit.jsonl)')
    .addHelpText('after', HELP)
    .action((ids: readonly string[], options: DiscardOptions) =>
      runAction((context) => discardDeadLetters(context, ids, options)),
    );
}

const HELP = helpText(
  [["dlq discard 0f0e7c1a --reason 'a test of the scanner'", 'shows the dead letter, asks, and deletes it']],
  '{"operationId","operator","results":[{"messageId","code"}],"complete","audit"}; code: discarded, not-removed or\n' +
    'not-recorded. Nothing is revoked, and the event is not sent again. Exit 1: a dead letter is still there.',
);

/** Control characters would disturb the reader of the audit log. */
function parseWhy(text: string): string {
  const why = text.trim();
  if (/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u.test(why)) return why;
  throw new InvalidArgumentError('expected 1 to 200 characters on one line');
}

/** Throws CliError as `confirm`, `dead-letter-not-found`, `dead-letter-ambiguous`, and first `audit-unavailable`. */
async function discardDeadLetters(
  context: Context,
  ids: readonly string[],
  { reason, yes = false, operator: name, audit: path = defaultAuditFile(context.env) }: DiscardOptions,
): Promise<Report> {
  const isWanted = (deadLetter: StoredDeadLetter): boolean => ids.some((id) => isNamed(deadLetter, id));
  const found = await listDeadLetters(context, { isWanted });
  requireOneEach(found, ids);
  const operator = await identifyOperator(name);
  if (!yes && context.terminal.canAsk) {
    const shape = { now: context.clock.now(), width: context.terminal.columns, most: found.length };
    printNotice(context, [...formatDeadLetters(found.toSorted(byUrgency), shape), []]);
  }
  const what = pluralize(found.length, 'dead letter');
  const keys = found.length === 1 ? 'Its keys' : 'Their keys';
  const question = `Discard ${what} in the name of ${operator.arn ?? operator.name}? ${keys} stay live.`;
  await confirm(context, question, { yes, word: 'discard' });
  const meant = new Set(found.map(({ messageId }) => messageId));
  const report = await runDiscard(context, { meant, why: reason, operator, path });
  return toReport(report, found, { operator, path });
}

/** What is deleted must be named exactly: several events may have one id. */
function requireOneEach(found: readonly StoredDeadLetter[], ids: readonly string[]): void {
  const named = ids.map((id) => ({ id, those: found.filter((deadLetter) => isNamed(deadLetter, id)) }));
  const unknown = named.flatMap(({ id, those }) => (those.length === 0 ? [id] : []));
  if (unknown.length > 0) {
    const message = `no dead letter has ${unknown.length === 1 ? 'this id' : 'these ids'}: ${unknown.join(', ')}`;
    const next =
      'see `revoker dlq list --detail`; a dead letter that another consumer has received is hidden for a few minutes';
    throw new CliError({ code: 'dead-letter-not-found', message, next });
  }
  const shared = named.find(({ those }) => those.length > 1);
  if (shared === undefined) return;
  const next = `name each: ${shared.those.map(({ messageId }) => messageId).join(' ')}`;
  throw new CliError({ code: 'dead-letter-ambiguous', message: `several dead letters have the id ${shared.id}`, next });
}

interface DiscardRun {
  readonly meant: ReadonlySet<string>;
  readonly why: string;
  readonly operator: Operator;
  readonly path: string;
}

async function runDiscard(context: Context, { meant, why, operator, path }: DiscardRun): Promise<DiscardReport> {
  const { env, clock, terminal } = context;
  const { settings, deadLetterQueueUrl: url } = readReplayConfig(env, sha256);
  const audit = openAuditFile(path);
  const stop = new AbortController();
  const stopListening = terminal.onInterrupt(() => stop.abort());
  const inbox = createDeadLetterQueue({ url });
  const log = createTerminalLog(terminal);
  try {
    return await discard(
      {
        ports: { clock, chance: systemChance, audit, inbox, sha256, log },
        settings: { ...settings, handler: 'revoker' },
      },
      { operator, why, isMeant: ({ messageId }) => meant.has(messageId), signal: stop.signal },
    );
  } finally {
    stopListening();
    await audit.close();
  }
}

const OUTCOMES: Readonly<Record<DiscardCode, string>> = {
  discarded: 'discarded',
  'not-removed': 'not deleted: run it again',
  'not-recorded': 'not deleted, since the audit record cannot be written: give another --audit <file>',
};

function toReport(
  { operationId, results, complete }: DiscardReport,
  found: readonly StoredDeadLetter[],
  { operator, path }: { readonly operator: Operator; readonly path: string },
): Report {
  const codes = new Map(results.map(({ messageId, code }) => [messageId, code]));
  const outcomes = found.map((deadLetter): Line => {
    const code = codes.get(deadLetter.messageId);
    const text = code === undefined ? 'not found again: another consumer has it' : OUTCOMES[code];
    return [`${deadLetter.messageId} ${targetOf(deadLetter)}: ${text}`];
  });
  const json: Json = {
    operationId,
    operator: { ...operator },
    results: results.map((result) => ({ ...result })),
    complete,
    audit: path,
  };
  const who = operator.arn ?? `${operator.name} (unverified)`;
  const all = results.filter(({ code }) => code === 'discarded').length === found.length;
  return {
    json,
    lines: [...outcomes, [dim(`operation ${operationId} by ${who}; audit records in ${path}`)]],
    exitCode: all ? 0 : 1,
  };
}
