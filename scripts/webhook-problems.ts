/** What is wrong with the webhooks of a deployment, before it is deployed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWebhooks } from '../events/webhooks/parse.ts';

/** The text of WEBHOOKS, or `@file` relative to the root of the package. */
export function webhookProblems(value: string, root: string): readonly string[] {
  try {
    const parsed = parseWebhooks(value.startsWith('@') ? readFileSync(join(root, value.slice(1)), 'utf8') : value);
    return parsed.kind === 'problems' ? parsed.problems.map((problem) => `WEBHOOKS: ${problem}`) : [];
  } catch {
    return ['WEBHOOKS: expected a readable file after @'];
  }
}

/** Of the parameter's default in a packaged template: that is what a deployment without parameters of its own has. */
export function templateWebhooks(template: unknown): string {
  const parameters: unknown = Reflect.get(Object(template), 'Parameters');
  return String(Reflect.get(Object(Reflect.get(Object(parameters), 'Webhooks')), 'Default') ?? '{}');
}
