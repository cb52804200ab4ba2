/** What is wrong with the webhooks and issuers of a deployment, before it is deployed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWebhooks } from '../events/webhooks/parse.ts';
import { parseSsfIssuers } from '../lib/io/config/ssf-issuers.ts';

type Parsed = { readonly kind: string } | { readonly kind: 'problems'; readonly problems: readonly string[] };

interface Configured {
  /** Of the variable. */
  readonly name: string;
  /** Of the template's parameter. */
  readonly parameter: string;
  /** Beside package.json: the build packages it. */
  readonly file: string;
  readonly parse: (text: string) => Parsed;
}

/** Texts that configure senders, as JSON or `@file`. */
export const CONFIGURED: readonly Configured[] = [
  { name: 'WEBHOOKS', parameter: 'Webhooks', file: 'webhooks.json', parse: parseWebhooks },
  { name: 'SSF_ISSUERS', parameter: 'SsfIssuers', file: 'ssf-issuers.json', parse: parseSsfIssuers },
];

/** The text, or `@file` relative to the root of the package. */
export function senderProblems({ name, parse }: Configured, value: string, root: string): readonly string[] {
  let text: string;
  try {
    text = value.startsWith('@') ? readFileSync(join(root, value.slice(1)), 'utf8') : value;
  } catch {
    return [`${name}: expected a readable file after @`];
  }
  const parsed = parse(text);
  return 'problems' in parsed ? parsed.problems.map((problem) => `${name}: ${problem}`) : [];
}

/** Of the parameter's default in a packaged template: that is what a deployment without parameters of its own has. */
export function templateText(template: unknown, { parameter }: Configured): string {
  const parameters: unknown = Reflect.get(Object(template), 'Parameters');
  return String(Reflect.get(Object(Reflect.get(Object(parameters), parameter)), 'Default') ?? '{}');
}
