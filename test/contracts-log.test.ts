/**
 * What release 0.1.0 wrote to its log verifies, and what it has as variables is enough: beside
 * `test/contracts.test.ts`.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCheck } from '../cli/audit/verify.ts';
import { OUTCOME_TERMS } from '../lib/audit/ocsf-terms.ts';
import { V, VARIABLES } from '../lib/io/config/variables.ts';
import { sha256 } from './support/memory-ports.ts';

/** Intent, outcome, checkpoint. */
const LOG = readFileSync(join(import.meta.dirname, 'fixtures/contracts/audit-log-0.1.0.jsonl'), 'utf8')
  .trimEnd()
  .split('\n');

describe('the outcomes', () => {
  it.each(
    `confirmed already-revoked accepted not-found no-keys duplicate would-revoke rejected unauthenticated forbidden
    misdirected throttled unavailable unknown`.split(/\s+/),
  )('have %s for good', (outcome) => expect(Object.keys(OUTCOME_TERMS)).toContain(outcome));
});

describe('an audit log of version 1', () => {
  it('is read, and verifies', () => {
    const seen: unknown[] = [];
    const check = startCheck({
      sha256,
      onLine: ({ uid, attestation: attested, checkpoint }) => seen.push([uid, attested?.sequence, checkpoint]),
    });
    for (const [index, line] of LOG.entries()) check.take(line, { file: 'log', line: index + 1 });
    expect(check.end()).toEqual({
      records: 3,
      chains: 1,
      closed: 1,
      copies: 0,
      from: 1_795_426_201_000,
      to: 1_795_426_203_000,
      findings: [],
      totals: {},
      intents: new Map(),
    });
    const head = 'de01a13e209919bf03d8744f17d76da1f2962de1ba3fa684579299e781bd38ab';
    expect(seen).toEqual([
      ['id-3', 1, undefined],
      ['id-4', 2, undefined],
      ['id-5', 3, { sequence: 2, head, count: 2 }],
    ]);
  });
});

/**
 * What release 0.1.0 has in its functions: a stack that is rolled back or upgraded half-way has these, and no others.
 */
const NAMES = `MODE URGENT_QUEUE_URL BULK_QUEUE_URL DEAD_LETTER_QUEUE_URL LEDGER_TABLE COREWEAVE_API_TOKEN_SECRET_ID
  COREWEAVE_API_TOKEN COREWEAVE_API_URL API_CONCURRENCY API_TIMEOUT_MS VERIFY RETRY_HORIZON STALE_AFTER PROTECTED
  SELF_PRINCIPAL PRINCIPAL_TEMPLATES LIMITS DRY_RUN_KEEP BULK_QUEUE_ARN DEAD_LETTER_QUEUE_ARN SCHEDULER_ROLE_ARN
  SCHEDULE_GROUP INGEST_SECRETS GITHUB_TOKEN_SECRET_ID GITHUB_API_URL KEY_ID_ONLY METRIC_SERVICE METRIC_SOURCES`.split(
  /\s+/,
);

describe('the variables', () => {
  it('are all there under their names', () => {
    expect(VARIABLES.map(({ name }) => name)).toEqual(expect.arrayContaining(NAMES));
  });

  it('take the LIMITS of 0.1.0, which name no keys, and those of 0.2.0', () => {
    const principals = { sourcePer10Minutes: 1, sourcePerDay: 2, totalPer10Minutes: 3, totalPerDay: 4 };
    const keys = { senderKeysPer10Minutes: 5, senderKeysPerDay: 'off' };
    expect(V.limits.parse(JSON.stringify(principals))).toEqual({
      ok: true,
      value: { limits: principals, keyLimits: { senderKeysPer10Minutes: 500, senderKeysPerDay: 2_000 } },
    });
    expect(V.limits.parse(JSON.stringify({ ...principals, ...keys }))).toEqual({
      ok: true,
      value: { limits: principals, keyLimits: keys },
    });
  });

  it('of 0.2.0 are there beside them', () => {
    expect(VARIABLES.find(({ name }) => name === 'OWNER_UNKNOWN')).toMatchObject({ fallback: 'hold', requiredBy: [] });
    expect(VARIABLES.find(({ name }) => name === 'TWO_PERSON_APPROVAL')).toMatchObject({
      fallback: '[]',
      requiredBy: [],
    });
  });

  it('ask a stack of 0.1.0 for nothing new but OWN_ROLES, which the template sets', () => {
    const required = VARIABLES.filter(({ name, requiredBy }) => requiredBy.length > 0 && name !== 'OWN_ROLES').map(
      ({ name }) => name,
    );
    expect(NAMES.slice(0, 5)).toEqual(expect.arrayContaining(required));
  });
});
