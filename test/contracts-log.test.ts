/**
 * What release 0.1.0 wrote to its log verifies, and what it has as variables is enough: beside
 * `test/contracts.test.ts`.
 */

import { describe, expect, it } from 'vitest';
import { startCheck } from '../cli/audit/verify.ts';
import { OUTCOME_TERMS } from '../lib/audit/ocsf-terms.ts';
import { V, VARIABLES } from '../lib/io/config/variables.ts';
import { sha256 } from './support/memory-ports.ts';

/** Intent, outcome, checkpoint. */
const LOG = [
  '{"activity_id":99,"activity_name":"Revocation Intent","category_uid":3,"class_uid":3007,"type_uid":300799,"severity_id":1,"severity":"Informational","status_id":99,"status":"Other","action_id":99,"action":"Other","disposition_id":14,"disposition":"Delayed","time":1795426201000,"status_detail":"intent","user":{"uid":"unresolved:CWABCDEFGHIJKLMN","programmatic_credentials":[{"uid":"CWABCDEFGHIJKLMN","type":"Access Key"}]},"actor":{"user":{"name":"revocation-handler","uid":"revoke:7","type_id":4,"type":"Service"}},"http_request":{"http_method":"POST","url":{"scheme":"https","hostname":"api.coreweave.com","path":"/v1/cwobject/revoke-access-key/access-key"}},"raw_data_hash":{"algorithm_id":3,"algorithm":"SHA-256","value":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},"raw_data_size":412,"metadata":{"version":"1.9.0","uid":"id-3","log_name":"revocation-audit","profiles":["security_control","record_integrity"],"product":{"name":"Revocation Handler","vendor_name":"Revocation Handler","version":"0.1.0"},"original_event_uid":"m-1","correlation_uid":"alert-42","event_code":"credential.compromised.v1","original_time":"2026-11-23T09:30:00Z","sequence":1},"unmapped":{"phase":"intent","target":{"kind":"key","accessKeyId":"CWABCDEFGHIJKLMN"},"attempt":1,"source":{"claimed":"//scanner.example/acme/app","sender_id":"AIDAEXAMPLE"},"lane":"urgent","receive_count":3,"replays":1,"request_id":"id-2","policy":{"config_hash":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","mode":"enforce"}},"attestation_list":[{"chain_uid":"id-1","authority_uid":"revoke:7","fingerprint":{"algorithm_id":3,"algorithm":"SHA-256","value":"4b562ec0f972c2700eaf297c53264b29594e0246834c5bbe7c071e5396cfded9"}}]}',
  '{"activity_id":19,"activity_name":"Remove Programmatic Credentials","category_uid":3,"class_uid":3007,"type_uid":300719,"severity_id":1,"severity":"Informational","status_id":1,"status":"Success","action_id":2,"action":"Denied","disposition_id":24,"disposition":"Access Revoked","time":1795426202000,"status_detail":"confirmed","status_code":"200","user":{"uid":"unresolved:CWABCDEFGHIJKLMN","programmatic_credentials":[{"uid":"CWABCDEFGHIJKLMN","type":"Access Key"}]},"actor":{"user":{"name":"revocation-handler","uid":"revoke:7","type_id":4,"type":"Service"}},"http_request":{"http_method":"POST","url":{"scheme":"https","hostname":"api.coreweave.com","path":"/v1/cwobject/revoke-access-key/access-key"}},"http_response":{"code":200,"latency":12},"raw_data_hash":{"algorithm_id":3,"algorithm":"SHA-256","value":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},"raw_data_size":412,"metadata":{"version":"1.9.0","uid":"id-4","log_name":"revocation-audit","profiles":["security_control","record_integrity"],"product":{"name":"Revocation Handler","vendor_name":"Revocation Handler","version":"0.1.0"},"original_event_uid":"m-1","correlation_uid":"alert-42","event_code":"credential.compromised.v1","original_time":"2026-11-23T09:30:00Z","sequence":2},"unmapped":{"phase":"outcome","target":{"kind":"key","accessKeyId":"CWABCDEFGHIJKLMN"},"attempt":1,"verified_by":"read-back","source":{"claimed":"//scanner.example/acme/app","sender_id":"AIDAEXAMPLE"},"lane":"urgent","receive_count":3,"replays":1,"request_id":"id-2","policy":{"config_hash":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","mode":"enforce"}},"attestation_list":[{"chain_uid":"id-1","authority_uid":"revoke:7","prev_event":{"uid":"id-3","type_uid":300799,"fingerprint":{"algorithm_id":3,"algorithm":"SHA-256","value":"4b562ec0f972c2700eaf297c53264b29594e0246834c5bbe7c071e5396cfded9"}},"fingerprint":{"algorithm_id":3,"algorithm":"SHA-256","value":"de01a13e209919bf03d8744f17d76da1f2962de1ba3fa684579299e781bd38ab"}}]}',
  '{"activity_id":99,"activity_name":"Checkpoint","category_uid":3,"class_uid":3007,"type_uid":300799,"severity_id":1,"severity":"Informational","status_id":99,"status":"Other","action_id":99,"action":"Other","disposition_id":16,"disposition":"No Action","time":1795426203000,"status_detail":"checkpoint","user":{"uid":"unresolved"},"actor":{"user":{"name":"revocation-handler","uid":"revoke:7","type_id":4,"type":"Service"}},"metadata":{"version":"1.9.0","uid":"id-5","log_name":"revocation-audit","profiles":["security_control","record_integrity"],"product":{"name":"Revocation Handler","vendor_name":"Revocation Handler","version":"0.1.0"},"sequence":3},"unmapped":{"phase":"checkpoint","checkpoint":{"sequence":2,"head":"de01a13e209919bf03d8744f17d76da1f2962de1ba3fa684579299e781bd38ab","count":2},"request_id":"id-2","policy":{"config_hash":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","mode":"enforce"}},"attestation_list":[{"chain_uid":"id-1","authority_uid":"revoke:7","prev_event":{"uid":"id-4","type_uid":300719,"fingerprint":{"algorithm_id":3,"algorithm":"SHA-256","value":"de01a13e209919bf03d8744f17d76da1f2962de1ba3fa684579299e781bd38ab"}},"fingerprint":{"algorithm_id":3,"algorithm":"SHA-256","value":"b59f97556099af11303b6cb6a83bd55ac6e7323ec64d0c1830546d782452921c"}}]}',
];

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
