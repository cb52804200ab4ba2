/** The webhooks that a command works on. */
import { parseWebhooks } from '../../events/webhooks/parse.ts';
import type { Webhook } from '../../events/webhooks/schema.ts';
import { withFile } from '../../lib/io/config/environment.ts';
import { readFile } from '../../lib/io/config/read.ts';
import { V } from '../../lib/io/config/variables.ts';
import { readInput } from '../arguments.ts';
import type { Context } from '../context.ts';
import { usageError } from '../failure.ts';

/** Of the file, or of the variable WEBHOOKS. Throws CliError `webhooks-invalid` (usage error) with every problem. */
export async function readWebhooks(
  { terminal, env }: Pick<Context, 'terminal' | 'env'>,
  file: string | undefined,
): Promise<ReadonlyMap<string, Webhook>> {
  const parsed = parseWebhooks(file === undefined ? variableText(env) : await readInput(terminal, file));
  if (parsed.kind === 'webhooks') return parsed.webhooks;
  throw invalid(parsed.problems);
}

function variableText(variables: Context['env']): string {
  const { name, fallback } = V.webhooks;
  const { env, problems } = withFile(variables, name, readFile);
  if (problems.length > 0) throw invalid(problems);
  const text = env[name] || fallback;
  if (text === undefined || text === fallback) {
    throw usageError('webhooks-missing', 'no webhook is configured', `give a file, or set ${name}`);
  }
  return text;
}

const invalid = (problems: readonly string[]) =>
  usageError(
    'webhooks-invalid',
    problems.join('\n'),
    'correct the configuration: docs/webhooks.md describes each field',
  );
