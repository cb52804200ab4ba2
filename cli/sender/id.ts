/** `revoker sender id`: what SQS says of the messages of a role, for the variable SENDERS. */
import { type Command, InvalidArgumentError } from 'commander';
import { helpText, type Report, type RunAction } from '../context.ts';
import { CliError } from '../failure.ts';
import { getRole } from '../io/role-id.ts';

interface RoleArn {
  readonly arn: string;
  /** IAM is one service for each partition, so that any of its regions will do. */
  readonly region: string;
  readonly name: string;
}

const REGIONS: ReadonlyMap<string, string> = new Map([
  ['aws', 'us-east-1'],
  ['aws-us-gov', 'us-gov-west-1'],
  ['aws-cn', 'cn-north-1'],
]);
/** (IAM user guide, ARNs and limits on names and paths) */
const ROLE = /^arn:([a-z-]{3,20}):iam::\d{12}:role\/(?:[\x21-\x7e]{1,510}\/)?([\w+=,.@-]{1,64})$/;

export function configureSenderId(command: Command, runAction: RunAction): void {
  command
    .argument('<role-arn>', '', parseRoleArn)
    .addHelpText(
      'after',
      helpText(
        [['sender id arn:aws:iam::123456789012:role/hr', 'needs iam:GetRole in the account of the role']],
        '{"arn","senderId"}: senderId is what SENDERS needs',
      ),
    )
    .action((role: RoleArn) => runAction(() => printSenderId(role), { offline: true }));
}

/** Throws InvalidArgumentError. */
export function parseRoleArn(arn: string): RoleArn {
  const [, partition = '', name] = ROLE.exec(arn) ?? [];
  const region = REGIONS.get(partition);
  if (name === undefined || region === undefined)
    throw new InvalidArgumentError('expected arn:aws:iam::<account>:role/<name>');
  return { arn, region, name };
}

/** Throws CliError `role-not-found`, and AdapterError `role-unavailable`. */
async function printSenderId({ arn, region, name }: RoleArn): Promise<Report> {
  const role = await getRole(name, { region });
  // GetRole takes a name: a role of that name in the caller's own account is another one.
  if (role?.arn !== arn) {
    const message = 'IAM finds no such role in the account of your AWS credentials';
    throw new CliError({ code: 'role-not-found', message, next: 'check the ARN, or use credentials of its account' });
  }
  return { json: { arn, senderId: role.id }, lines: [[role.id]] };
}
