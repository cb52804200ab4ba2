/** From the text of WEBHOOKS to webhooks by name, or its problems. */
import { readByName } from '../by-name.ts';
import { type Webhook, webhook } from './schema.ts';

const MAX_WEBHOOKS = 20;

export type ParsedWebhooks =
  | { readonly kind: 'webhooks'; readonly webhooks: ReadonlyMap<string, Webhook> }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** Two webhooks with one secret could answer for each other, so each has its own. */
export function parseWebhooks(text: string): ParsedWebhooks {
  const { entries: webhooks, problems: found } = readByName(text, webhook, 'webhooks', MAX_WEBHOOKS);
  const problems = [...found, ...sharedSecrets(webhooks)];
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'webhooks', webhooks };
}

function sharedSecrets(webhooks: ReadonlyMap<string, Webhook>): readonly string[] {
  const owners = Map.groupBy(webhooks, ([, { secret }]) => secret);
  return [...owners.values()].flatMap(([, second]) =>
    second === undefined ? [] : [`${second[0]}.secret: expected another secret than that of any other webhook`],
  );
}
