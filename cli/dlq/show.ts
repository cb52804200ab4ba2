/** `revoker dlq show`: shows one dead letter in full. */
import type { Command } from 'commander';
import type { Resend, StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import type { Json } from '../../lib/model/json.ts';
import { httpsSender } from '../../lib/model/sender.ts';
import { formatAge, pluralize } from '../../terminal/format.ts';
import { bold, dim, formatFields, type Line } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { type ListedDeadLetter, readDeadLetters, withoutTexts } from '../dead-letters.ts';
import { toEventFields, toEventJson } from '../event.ts';
import { CliError } from '../failure.ts';
import { decisionFields } from './decision.ts';
import { byUrgency, type NextStep, nextStepOf } from './next-step.ts';
import { formatDeadLetters, isNamed } from './table.ts';

export function configureDlqShow(command: Command, runAction: RunAction): void {
  command
    .argument('<id>', 'id of the dead letter (8 characters are enough) or of its event')
    .addHelpText(
      'after',
      helpText(
        [
          ['dlq show 0f0e7c1a', 'by the id that `dlq list --detail` shows'],
          ['dlq show alert-42', 'by the id of the event'],
        ],
        '{"messageId","reason","detail","about":{"type","id","source"},"event"|null,"raw"?,' +
          '"parts"?:{"count","positions"},"sender"?,"check"?,"asOf"?,"principals"?,"approvals"?,"lane","sentAt",\n' +
          '"firstSeen","lastSeen","attempts","replays","lastStatus"|null,"resend":"event"|"text"|"none","why"?,\n' +
          '"origin","next":{"what","commands","runbook"},"others":["<messageId>"]}; why: it cannot be replayed;\n' +
          'others: dead letters with the same event id.',
      ),
    )
    .action((id: string) =>
      runAction((context) =>
        withProgressMessage(context, 'reading the dead letters', () => showDeadLetter(context, id)),
      ),
    );
}

/**
 * The dead letter with this message id, prefix of one, or event id; of several the most urgent, and the names of the
 * others: two senders may use the same event id. Throws CliError `dead-letter-not-found`.
 */
async function showDeadLetter(context: Context, id: string): Promise<Report> {
  const { deadLetter, others } = await findNamed(context, id);
  if (deadLetter === undefined) {
    const next =
      'see `revoker dlq list --detail`; a dead letter that another consumer has received is hidden for a few minutes';
    throw new CliError({ code: 'dead-letter-not-found', message: 'dead letter not found', next });
  }
  const next = nextStepOf(context, deadLetter);
  const json = toDeadLetterJson(deadLetter, next);
  return {
    json: { ...json, others: others.map(({ messageId }) => messageId) },
    lines: [...deadLetterLines(context, deadLetter, next), ...otherLines(context, others)],
  };
}

interface NamedDeadLetters {
  readonly deadLetter: StoredDeadLetter | undefined;
  readonly others: readonly ListedDeadLetter[];
}

async function findNamed(context: Context, id: string): Promise<NamedDeadLetters> {
  let deadLetter: StoredDeadLetter | undefined;
  const others: ListedDeadLetter[] = [];
  for await (const { deadLetter: each } of readDeadLetters(context)) {
    if (!isNamed(each, id)) continue;
    const isFirst = deadLetter === undefined || byUrgency(each, deadLetter) < 0;
    const other = isFirst ? deadLetter : each;
    if (other !== undefined) others.push(withoutTexts(other));
    if (isFirst) deadLetter = each;
    if (each.messageId === id) break;
  }
  return { deadLetter, others: others.toSorted(byUrgency) };
}

function otherLines(context: Context, others: readonly StoredDeadLetter[]): readonly Line[] {
  if (others.length === 0) return [];
  const shape = { now: context.clock.now(), width: context.terminal.columns, most: MOST_OTHERS };
  const text = `${pluralize(others.length, 'other dead letter')} with this id:`;
  return [[], [{ text, color: 'yellow' }], ...formatDeadLetters(others, shape)];
}

const RESENDS: Readonly<Record<Resend['kind'], string>> = {
  event: 'the event, as it is',
  text: 'what was received, byte for byte',
  none: 'nothing',
};
const WHY_NOT: Readonly<Record<Extract<Resend, { kind: 'none' }>['code'], string>> = {
  redacted: 'a secret was removed from what was received',
  truncated: 'only the beginning of what was received was kept',
  'not-kept': 'what was received was not kept',
};

const partsText = ({ count, positions }: NonNullable<StoredDeadLetter['parts']>): string =>
  `${count} of the message: ${positions.join(', ')}${count > positions.length ? ', …' : ''}`;

const aboutFields = ({ raw, parts, sender, check, asOf, principals = [] }: StoredDeadLetter) => [
  ...(check === undefined ? [] : ([['safety check', asOf === undefined ? check : `${check}, as of ${asOf}`]] as const)),
  ...(raw === undefined ? [] : ([['size', `${raw.size.toLocaleString('en-US')} bytes`]] as const)),
  ...(parts === undefined ? [] : ([['parts', partsText(parts)]] as const)),
  ...(sender ? ([['sender', sender]] as const) : []),
  ...(principals.length === 0 ? [] : ([['principals', principals.join(' ')]] as const)),
];

/** Dead letters of the same event id that are listed. */
const MOST_OTHERS = 20;

/** Characters of a received text that are shown. */
const MOST_SHOWN = 2_048;

/** What the webhook endpoint wrote is shown whole: its identifiers are what an operator acts on. */
function receivedLines({ raw, sender = '' }: StoredDeadLetter): readonly Line[] {
  if (raw?.text === undefined) return [];
  const isCut = raw.text.length > MOST_SHOWN && !sender.startsWith(httpsSender(''));
  return [
    [],
    [bold('Received'), dim(raw.redacted ? ' (secrets removed)' : '')],
    ['  ', isCut ? raw.text.slice(0, MOST_SHOWN) : raw.text],
    ...(isCut ? [[dim('  the rest is cut: --json has all that was kept')]] : []),
  ];
}

function deadLetterLines(context: Context, deadLetter: StoredDeadLetter, next: NextStep): readonly Line[] {
  const { messageId, reason, detail, event, about, resend } = deadLetter;
  const at = (ms: number): string => `${new Date(ms).toISOString()} (${formatAge(context.clock.now() - ms)} ago)`;
  const known =
    event === null
      ? Object.entries(about).flatMap(([name, text]) => (text === '' ? [] : [[name, text] as const]))
      : toEventFields(event);
  const sends =
    resend.kind === 'none'
      ? `nothing: ${WHY_NOT[resend.code]}`
      : `${RESENDS[resend.kind]}, to the ${deadLetter.lane} queue`;
  return [
    ...formatFields([
      ['id', bold(messageId)],
      ['reason', { text: reason, color: 'yellow' }],
      ['detail', detail],
      ...aboutFields(deadLetter),
      ...decisionFields(context, deadLetter),
      ['first seen', at(deadLetter.firstSeen)],
      ['dead since', at(deadLetter.lastSeen)],
      ['attempts', deadLetter.attempts === 0 ? 'unknown' : String(deadLetter.attempts)],
      ...(deadLetter.lastStatus === null ? [] : ([['API response', `HTTP ${deadLetter.lastStatus}`]] as const)),
      ['replays', String(deadLetter.replays)],
      ...(deadLetter.origin === '' ? [] : ([['first message', deadLetter.origin]] as const)),
      ['replay sends', sends],
    ]),
    [],
    [bold(event === null ? 'Attributes (unverified)' : 'Event')],
    ...(known.length === 0 ? [[dim('  none')]] : formatFields(known, '  ')),
    ...(event === null ? [] : [[dim('  '), JSON.stringify(event)]]),
    ...receivedLines(deadLetter),
    [],
    [`next: ${next.what}`],
    ...next.commands.map((command): Line => ['  ', bold(command)]),
    [dim(`runbook: ${next.runbook}`)],
  ];
}

function toDeadLetterJson(deadLetter: StoredDeadLetter, next: NextStep): { readonly [field: string]: Json } {
  const { event, resend, raw, parts, standing, sentAt, firstSeen, lastSeen, about, ...rest } = deadLetter;
  return {
    ...rest,
    about: { ...about },
    event: event === null ? null : toEventJson(event),
    ...(raw === undefined ? {} : { raw: { ...raw } }),
    ...(parts === undefined ? {} : { parts: { ...parts } }),
    ...(standing === undefined ? {} : { standing: standing.map((each) => ({ ...each })) }),
    sentAt: new Date(sentAt).toISOString(),
    firstSeen: new Date(firstSeen).toISOString(),
    lastSeen: new Date(lastSeen).toISOString(),
    resend: resend.kind,
    ...(resend.kind === 'none' ? { why: resend.code } : {}),
    next: { ...next, commands: [...next.commands] },
  };
}
