/** Account and region of a report, which no audit record has: they are read from the stack that the operator names. */
import type { Context } from '../../context.ts';
import { usageError } from '../../failure.ts';
import type { Deployment } from './header.ts';

/** (Service Authorization Reference, AWS CloudFormation: stack) */
const STACK_ARN = /^arn:[\w-]+:cloudformation:([\w-]+):(\d{12}):stack\//;
/** What the CLI calls itself in the records of its own. */
const CLI = 'revoker';

/**
 * `functions`: names in the records. Undefined: no stack is named. Rejects as `describeStack`, and with CliError
 * `stack-differs` (usage error) if the records are another stack's.
 */
export async function readDeployment(
  { stack, env }: Pick<Context, 'stack' | 'env'>,
  functions: readonly string[],
): Promise<Deployment | undefined> {
  if (stack === undefined) return undefined;
  const others = functions.filter((name) => name !== CLI && !name.startsWith(`${stack}-`));
  if (others.length > 0) {
    const message = `the records of ${others.join(', ')} are not of the stack ${stack}`;
    throw usageError('stack-differs', message, 'name the stack of the records with --stack');
  }
  // Loads the SDK, which a report without a stack does not need.
  const { describeStack } = await import('../../stack/add-stack.ts');
  const { arn } = await describeStack(env, stack);
  const [, region = '', account = ''] = STACK_ARN.exec(arn) ?? [];
  return { stack, account, region };
}
