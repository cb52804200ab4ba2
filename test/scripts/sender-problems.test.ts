import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIGURED, senderProblems, templateText } from '../../scripts/sender-problems.ts';

const ROOT = join(import.meta.dirname, '../..');
const configured = (name: string) => {
  const found = CONFIGURED.find((each) => each.name === name);
  if (found === undefined) throw new Error(`expected ${name}`);
  return found;
};
const WEBHOOKS = configured('WEBHOOKS');
const ISSUERS = configured('SSF_ISSUERS');

describe('senderProblems', () => {
  it.each<[what: string, value: string, expected: readonly string[]]>([
    ['nothing', '{}', []],
    ['a ready configuration', '@webhooks/hibob.json', []],
    ['no file', '@webhooks/missing.json', ['WEBHOOKS: expected a readable file after @']],
    ['a wrong value', '{"hr":7}', ['WEBHOOKS: hr: expected an object with secret, proof and when']],
    ['no JSON', 'hr', ['WEBHOOKS: expected JSON']],
  ])('of the webhooks of a deployment: %s', (_what, value, expected) => {
    expect(senderProblems(WEBHOOKS, value, ROOT)).toEqual(expected);
  });

  it.each<[what: string, value: string, expected: readonly string[]]>([
    ['nothing', '{}', []],
    ['an issuer', '{"idp":{"issuer":"https://idp.example","audience":"a"}}', []],
    ['no file', '@missing.json', ['SSF_ISSUERS: expected a readable file after @']],
    ['a wrong value', '{"idp":7}', ['SSF_ISSUERS: idp: expected an object with issuer and audience']],
  ])('of the issuers of a deployment: %s', (_what, value, expected) => {
    expect(senderProblems(ISSUERS, value, ROOT)).toEqual(expected);
  });
});

it('templateText: the default of the parameter', () => {
  const template = { Parameters: { Webhooks: { Default: '{"hr":7}' }, SsfIssuers: { Default: '{"idp":7}' } } };
  expect(CONFIGURED.map((each) => templateText(template, each))).toEqual(['{"hr":7}', '{"idp":7}']);
  expect([{}, { Parameters: {} }, null].map((each) => templateText(each, WEBHOOKS))).toEqual(['{}', '{}', '{}']);
});
