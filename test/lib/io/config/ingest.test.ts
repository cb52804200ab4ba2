import { expect, it } from 'vitest';
import { ConfigError, type Environment } from '../../../../lib/io/config/environment.ts';
import { readIngestConfig } from '../../../../lib/io/config/read-others.ts';
import { LEAST, read as readRevoke, problems as revokeProblems } from './environment.ts';

const { COREWEAVE_API_TOKEN_SECRET_ID: _, ...QUEUES } = LEAST;
const read = (more: Environment = {}) =>
  readIngestConfig({ ...QUEUES, ...more }, (text) => `hash of ${text}`, ['github', 'okta']);
const problems = (more: Environment): readonly string[] => {
  try {
    read(more);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

it('the edge starts with the mode and the queues, every source shut', () => {
  expect(read({ AWS_LAMBDA_FUNCTION_NAME: 'ingest', AWS_LAMBDA_FUNCTION_VERSION: '7' })).toEqual({
    settings: {
      mode: 'enforce',
      configHash: 'hash of {"mode":"enforce","secrets":{}}',
      handler: 'ingest:7',
      apiHost: 'api.coreweave.com',
    },
    urgentQueueUrl: QUEUES.URGENT_QUEUE_URL,
    bulkQueueUrl: QUEUES.BULK_QUEUE_URL,
    deadLetterQueueUrl: QUEUES.DEAD_LETTER_QUEUE_URL,
    ledgerTable: QUEUES.LEDGER_TABLE,
    secretIds: new Map(),
  });
});

it('opens the sources that have a secret', () => {
  const { secretIds } = read({ INGEST_SECRETS: '{"github":"hooks/github","okta":""}' });
  expect(secretIds).toEqual(new Map([['github', 'hooks/github']]));
});

const EXPECTED = 'INGEST_SECRETS: expected an object of names or ARNs of secrets by the names of senders';
it.each<[string, Environment, readonly string[]]>([
  ['no JSON', { INGEST_SECRETS: 'github=x' }, [`${EXPECTED} in JSON`]],
  ['a list', { INGEST_SECRETS: '[]' }, [EXPECTED]],
  ['no names', { INGEST_SECRETS: '{"github":7}' }, [`${EXPECTED}; look at github`]],
  ['a name with a space', { INGEST_SECRETS: '{"github":"a b"}' }, [`${EXPECTED}; look at github`]],
  [
    'a sender that is none',
    { INGEST_SECRETS: '{"gitbub":"x"}' },
    ['INGEST_SECRETS: expected no other senders than github, okta'],
  ],
  [
    'no queue',
    { BULK_QUEUE_URL: '' },
    ['BULK_QUEUE_URL: missing, expected the URL of a standard queue, not of a .fifo queue'],
  ],
  [
    'one queue twice',
    { BULK_QUEUE_URL: QUEUES.URGENT_QUEUE_URL },
    ['URGENT_QUEUE_URL, BULK_QUEUE_URL, DEAD_LETTER_QUEUE_URL: expected three different queues'],
  ],
  ['no ledger', { LEDGER_TABLE: '' }, ['LEDGER_TABLE: missing, expected the name of a DynamoDB table']],
  ['what only others use', { PROTECTED: 'no JSON', API_CONCURRENCY: 'many' }, []],
])('the edge with %s', (_name, more, expected) => expect(problems(more)).toEqual(expected));

it('GitHub is looked at only with a token, and only where GitHub is', () => {
  expect(readRevoke().github).toBeUndefined();
  expect(readRevoke({ GITHUB_TOKEN_SECRET_ID: 'github/token' }).github).toEqual({
    url: new URL('https://api.github.com'),
    tokenSecretId: 'github/token',
  });
  const urls = [
    'https://github.acme.example/api/v3',
    'https://github.acme.example:8443/api/v3/',
    'https://api.acme.ghe.com',
    'http://127.0.0.1:8080',
    'https://api.github.com/',
  ];
  expect(urls.flatMap((GITHUB_API_URL) => revokeProblems({ GITHUB_API_URL }))).toEqual([]);
});

it.each([
  'http://api.github.com',
  'https://api.github.com@evil.example',
  'https://evil.example',
  'https://api.github.com.evil.example',
  'https://api.acme.ghe.com.evil.example',
  'https://api.a.b.ghe.com',
  'https://api.ghe.com',
  'https://github.acme.example',
  'http://github.acme.example/api/v3',
  'https://github.acme.example/api/v3/x',
  'https://github.acme.example/api/v4',
  'https://github.acme.example/api/v3?x',
  'https://user@github.acme.example/api/v3',
  'https://github.acme.example/x/../api/v3',
  'https://localserver/api/v3',
  'https://github.com/api/v3',
  'https://api.github.com/api/v3',
  'https://acme.ghe.com/api/v3',
  'https://api.github.com/x',
  'https://api.github.com:8443',
  'https://api.github.com?',
  'ftp://127.0.0.1',
])('a GitHub API at %s is refused', (GITHUB_API_URL) => {
  expect(revokeProblems({ GITHUB_API_URL })).toEqual([
    'GITHUB_API_URL: expected https://api.github.com, https://api.<name>.ghe.com, ' +
      'https://<GitHub Enterprise Server>/api/v3, or http(s) on loopback, without user, path, query and fragment',
  ]);
});

it('a leak of which the id alone was seen is held unless the configuration says otherwise', () => {
  expect(readRevoke().settings.keyIdOnly).toBe('hold');
  expect(readRevoke({ KEY_ID_ONLY: 'revoke' }).settings).toMatchObject({ keyIdOnly: 'revoke' });
  expect(readRevoke({ KEY_ID_ONLY: 'revoke' }).settings.configHash).not.toBe(readRevoke().settings.configHash);
  expect(revokeProblems({ KEY_ID_ONLY: 'ignore' })).toEqual(['KEY_ID_ONLY: expected hold or revoke']);
});

it('has the text of webhooks and of issuers, which the configuration hash covers', () => {
  const { webhooks, ssfIssuers, settings } = read({ WEBHOOKS: '{"hr":{}}', SSF_ISSUERS: '{"idp":{}}' });
  expect([webhooks, ssfIssuers]).toEqual(['{"hr":{}}', '{"idp":{}}']);
  const hashed = { mode: 'enforce', secrets: {}, ssfIssuers: '{"idp":{}}', webhooks: '{"hr":{}}' };
  expect(settings.configHash).toBe(`hash of ${JSON.stringify(hashed)}`);
});

it('reads issuers from a file in the package, or says that it cannot', () => {
  expect(problems({ SSF_ISSUERS: '@no-such-file.json' })).toEqual(['SSF_ISSUERS: expected a readable file after @']);
});
