import { join } from 'node:path';
import { expect, it } from 'vitest';
import { templateWebhooks, webhookProblems } from '../../scripts/webhook-problems.ts';

const ROOT = join(import.meta.dirname, '../..');

it.each<[what: string, value: string, expected: readonly string[]]>([
  ['nothing', '{}', []],
  ['a ready configuration', '@webhooks/hibob.json', []],
  ['no file', '@webhooks/nobody.json', ['WEBHOOKS: expected a readable file after @']],
  ['a wrong value', '{"hr":7}', ['WEBHOOKS: hr: expected an object with secret, proof and when']],
  ['no JSON', 'hr', ['WEBHOOKS: expected JSON']],
])('the webhooks of a deployment: %s', (_what, value, expected) => {
  expect(webhookProblems(value, ROOT)).toEqual(expected);
});

it('the webhooks of a template are the default of its parameter', () => {
  expect(templateWebhooks({ Parameters: { Webhooks: { Default: '{"hr":7}' } } })).toBe('{"hr":7}');
  expect([{}, { Parameters: {} }, null].map(templateWebhooks)).toEqual(['{}', '{}', '{}']);
});
