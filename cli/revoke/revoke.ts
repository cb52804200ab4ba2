/** `revoker revoke`: makes the event, sends it to its lane, and follows it if that is wanted. */
import { type Command, Option } from 'commander';
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';
import { asciiJson } from '../../lib/model/json.ts';
import { laneOf } from '../../lib/model/lane.ts';
import { bold, type Line } from '../../terminal/lines.ts';
import { toShellWord } from '../../terminal/shell.ts';
import { keyArgument, numberArgument, principalArgument } from '../arguments.ts';
import { type Act, type Context, confirm, helpEnd, type Report } from '../context.ts';
import { claimedName } from '../dlq/operator.ts';
import { aboutOf } from '../event.ts';
import { wrongUse } from '../failure.ts';
import { createQueueDesk } from '../io/queue-admin.ts';
import { configFor } from '../services.ts';
import type { Outcome } from './outcome.ts';
import { follow } from './wait-command.ts';

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

export function addRevoke(parent: Command, act: Act): void {
  parent
    .command('revoke')
    .description('send the event that revokes a key, or all keys of a principal')
    .addOption(new Option('--key <id>', 'this key, as compromised').argParser(keyArgument).conflicts('principal'))
    .addOption(
      new Option(
        '--principal <name>',
        'all keys of the principal, now and minted soon after: they have left',
      ).argParser(principalArgument),
    )
    .addOption(
      new Option(
        '--compromised',
        'with --principal: their keys are compromised, and new ones are theirs to keep',
      ).conflicts('key'),
    )
    .option('--wait', 'follow it to its outcome')
    .option('--timeout <seconds>', 'how long to wait', numberArgument(1, 3_600), 60)
    .option('--source <source>', "the event's source (//revoker.cli/<operator>)")
    .option('--operator <name>', 'who asks for it (the name of the system user)')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['revoke --key CWABCDEFGHIJKLMN --wait', 'a leaked key: asks, sends, and waits until it is gone'],
          ['revoke --principal saml/user@example.com --yes', 'someone who has left'],
          [
            'revoke --principal coreweave/ueqXfgRCYGqptEXAMPLE1 --compromised --wait',
            'someone whose keys have leaked, and who stays',
          ],
        ],
        '{"eventId","source","type","lane","messageId","outcome","detail"?,"reason"?,"live"?:[…]}; outcome: sent (without --wait),\n' +
          'gone, gone-before, no-keys, done, not-found, dead-letter or pending. Exit 1 for the last three, and for keys that\n' +
          'are live after done.',
      ),
    )
    .action((options: RevokeOptions, command: Command) => {
      if (options.key === undefined && options.principal === undefined)
        command.error('error: expected --key <id> or --principal <name>');
      return act((context) => revoke(context, options));
    });
}

/** Asks, sends, and follows. Throws CliError `event-refused` (a source that cannot be one), and as `confirm`. */
export async function revoke(context: Context, options: RevokeOptions): Promise<Report> {
  const { env } = context;
  const event = eventOf(context, options);
  const lane = laneOf(event);
  const { urgentQueueUrl, bulkQueueUrl } = configFor(env, 'lanes');
  const following = options.wait ? follow(context, options) : undefined;
  await confirm(context, `${questionOf(options)} This cannot be undone.`, { yes: options.yes ?? false });
  const wait = following?.();
  const messageId = await createQueueDesk().send(
    lane === 'urgent' ? urgentQueueUrl : bulkQueueUrl,
    asciiJson({ ...event }),
  );
  const outcome: Outcome = wait === undefined ? SENT(event) : await wait(event);
  const { lines, exitCode, json } = outcome;
  return {
    json: { eventId: event.id, source: event.source, type: event.type, lane, messageId, ...json },
    lines: [
      [`sent ${event.type} about ${aboutOf(event)} to the ${lane} lane`],
      ['event ', bold(event.id), ` message ${messageId}`],
      ...lines,
    ],
    exitCode,
  };
}

const questionOf = ({ key, principal, compromised }: RevokeOptions): string => {
  if (key !== undefined) return `Revoke key ${key}?`;
  return compromised ? `Revoke all present keys of ${principal}?` : `Revoke all keys of ${principal}, who has left?`;
};

const SENT = (event: CanonicalEvent): Outcome => ({
  json: { outcome: 'sent' },
  lines: [[`next: revoker status ${event.id} --source ${toShellWord(event.source)}`] satisfies Line],
  exitCode: 0,
});

function eventOf(
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
      source: source ?? defaultSource(operator),
      time: new Date(now).toISOString(),
      data,
    },
    now,
  );
  if (parsed.kind === 'event') return parsed.event;
  throw wrongUse(
    'event-refused',
    `${parsed.reason}: ${parsed.detail}`,
    'nothing was sent; mend --source or --operator',
  );
}

/** Takes the operator's name, if given; returns the source of events that are sent by hand. */
export const defaultSource = (operator: string | undefined): string => `//revoker.cli/${claimedName(operator)}`;
