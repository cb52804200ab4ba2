/** `revoker revoke`: creates the event, sends it to its queue and, with --wait, waits for the outcome. */
import { type Command, Option } from 'commander';
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';
import { asciiJson } from '../../lib/model/json.ts';
import { laneOf } from '../../lib/model/lane.ts';
import { bold, type Line, renderLines } from '../../terminal/lines.ts';
import { numberParser, parseKeyId, parsePrincipal } from '../arguments.ts';
import { type Context, confirm, helpText, printNotice, type Report, type RunAction } from '../context.ts';
import { describeTarget, statusCommand } from '../event.ts';
import { usageError } from '../failure.ts';
import { createQueueAdmin } from '../io/queue-admin.ts';
import { operatorSource } from '../operator.ts';
import { readConfigFor } from '../services.ts';
import { toWaitOutcome } from './outcome.ts';
import { prepareWait } from './wait-command.ts';

export interface RevokeOptions {
  readonly key?: AccessKeyId;
  readonly principal?: PrincipalName;
  readonly compromised?: boolean;
  readonly source?: string;
  readonly operator?: string;
  readonly wait?: boolean;
  readonly timeout: number;
  readonly yes?: boolean;
}

export function configureRevoke(command: Command, runAction: RunAction): void {
  command
    .addOption(new Option('--key <id>', 'this key, as compromised').argParser(parseKeyId).conflicts('principal'))
    .addOption(new Option('--principal <name>', PRINCIPAL_HELP).argParser(parsePrincipal))
    .addOption(new Option('--compromised', COMPROMISED_HELP).conflicts('key'))
    .option('--wait', 'follow it to its outcome')
    .option('--timeout <seconds>', 'how long to wait', numberParser(1, 3_600), 60)
    .option('--source <source>', "the event's source (//revoker.cli/<operator>)")
    .option('--operator <name>', 'who asks for it (the name of the system user)')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP)
    .action((options: RevokeOptions, command: Command) => {
      if (options.key === undefined && options.principal === undefined)
        command.error('error: expected --key <id> or --principal <name>');
      return runAction((context) => revoke(context, options));
    });
}

const PRINCIPAL_HELP = 'offboarded principal: all keys, including keys created soon after';
const COMPROMISED_HELP = 'with --principal: compromised keys of a principal who stays; new keys are kept';

const HELP = helpText(
  [
    ['revoke --key CWABCDEFGHIJKLMN --wait', 'a leaked key: confirm, send, and wait until it is revoked'],
    ['revoke --principal saml/user@example.com --yes', 'an offboarded user'],
    [
      'revoke --principal coreweave/ueqXfgRCYGqptEXAMPLE1 --compromised --wait',
      'a user who stays, whose keys have leaked',
    ],
  ],
  '{"eventId","source","type","lane","messageId","outcome","detail"?,"reason"?,"live"?:[…]}; ' +
    'outcome: sent (without --wait),\n' +
    'gone, gone-before, no-keys, done, not-found, dead-letter or pending. Exit code 1 for the last three, and for\n' +
    'done with live keys.',
);

/** Throws CliError as `confirm`, and `event-refused` for an invalid source. */
export async function revoke(context: Context, options: RevokeOptions): Promise<Report> {
  const { env, optionWords } = context;
  const event = createEvent(context, options);
  const lane = laneOf(event);
  const { urgentQueueUrl, bulkQueueUrl } = readConfigFor(env, 'lanes');
  const startWait = options.wait ? prepareWait(context, options) : undefined;
  await confirm(context, `${confirmationQuestion(options)} This cannot be undone.`, { yes: options.yes ?? false });
  const wait = startWait?.();
  const queueUrl = lane === 'urgent' ? urgentQueueUrl : bulkQueueUrl;
  const messageId = await createQueueAdmin().send(queueUrl, asciiJson({ ...event }));
  const sent: readonly Line[] = [
    [`sent ${event.type} about ${describeTarget(event)} to the ${lane} queue`],
    ['event ', bold(event.id), ` message ${messageId}`],
  ];
  const facts = { eventId: event.id, source: event.source, type: event.type, lane, messageId };
  const status = `${statusCommand(event)}${optionWords}`;
  if (wait === undefined) return { json: { ...facts, outcome: 'sent' }, lines: [...sent, [`next: ${status}`]] };
  printSent(context, sent);
  const { json, ...outcome } = await toWaitOutcome(await wait(event), { event, status, optionWords, env });
  return { json: { ...facts, ...json }, ...outcome };
}

/** Before the wait: the ID would be lost if the terminal closes meanwhile. */
function printSent(context: Context, lines: readonly Line[]): void {
  const { terminal, json } = context;
  if (json) printNotice(context, lines);
  else terminal.write(renderLines(lines, terminal.colors));
}

const confirmationQuestion = ({ key, principal, compromised }: RevokeOptions): string => {
  if (key !== undefined) return `Revoke key ${key}?`;
  return compromised ? `Revoke all present keys of ${principal}?` : `Offboard ${principal}: revoke all keys?`;
};

function createEvent(
  { chance, clock }: Context,
  { key, principal, compromised, source, operator }: RevokeOptions,
): CanonicalEvent {
  const data =
    key !== undefined
      ? { accessKeyId: key }
      : compromised
        ? { principalName: principal, scope: 'principal' }
        : { principalName: principal };
  const now = clock.now();
  const parsed = parseEvent(
    {
      specversion: '1.0',
      type: key !== undefined || compromised ? 'credential.compromised.v1' : 'user.offboarded.v1',
      id: chance.id(),
      source: source ?? operatorSource(operator),
      time: new Date(now).toISOString(),
      data,
    },
    now,
  );
  if (parsed.kind === 'event') return parsed.event;
  throw usageError(
    'event-refused',
    `${parsed.reason}: ${parsed.detail}`,
    'nothing was sent; correct --source or --operator',
  );
}
