/** From the text of WEBHOOKS to webhooks by name. Problems say where and what was expected, never what stood there. */
import * as z from 'zod/mini';
import { readJson } from '../json-text.ts';
import { holdsSecret } from '../secrets.ts';
import { isRecord } from '../shapes.ts';
import { type Webhook, webhook } from './schema.ts';

const MAX_WEBHOOKS = 20;
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

export type ParsedWebhooks =
  | { readonly kind: 'webhooks'; readonly webhooks: ReadonlyMap<string, Webhook> }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** Two webhooks with one secret could answer for each other, so each has its own. */
export function parseWebhooks(text: string): ParsedWebhooks {
  const json = readJson(text);
  if (json.kind === 'refusal') return { kind: 'problems', problems: [json.detail] };
  if (!isRecord(json.value)) return { kind: 'problems', problems: ['expected an object of webhooks by name'] };
  const entries = Object.entries(json.value);
  const parsed = entries.map(([name, value]) => ({ name, result: z.safeParse(webhook, value) }));
  const webhooks = new Map(parsed.flatMap(({ name, result }) => (result.success ? [[name, result.data]] : [])));
  const problems = [
    ...(entries.length > MAX_WEBHOOKS ? [`expected at most ${MAX_WEBHOOKS} webhooks`] : []),
    ...parsed.flatMap(({ name, result }) => [
      ...(NAME.test(name) ? [] : [`${shown(name)}: expected a name of lower-case letters, digits and dashes`]),
      ...(result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(name, issue))),
    ]),
    ...sharedSecrets(webhooks),
  ];
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'webhooks', webhooks };
}

function sharedSecrets(webhooks: ReadonlyMap<string, Webhook>): readonly string[] {
  const owners = Map.groupBy(webhooks, ([, { secret }]) => secret);
  return [...owners.values()].flatMap(([, second]) =>
    second === undefined ? [] : [`${second[0]}.secret: expected another secret than that of any other webhook`],
  );
}

function problemsOf(name: string, issue: z.core.$ZodIssue): readonly string[] {
  const at = [name, ...issue.path].map((part) => shown(String(part))).join('.');
  if (issue.code !== 'unrecognized_keys') return [`${at}: ${issue.message}`];
  return issue.keys.map((key) => `${at}.${shown(key)}: expected no such field`);
}

/** A name is the author's own, unless a secret was put where a name belongs. */
const shown = (name: string): string => (/^[\w.-]{1,64}$/.test(name) && !holdsSecret(name) ? name : '(a name)');
