/** Every record of every kind, over generated inputs, in a chain and out of it: valid by OCSF's schema and by ours. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessKeyId, principalName } from '../../../events/ids.ts';
import { fingerprintOf, openChain } from '../../../lib/audit/chain.ts';
import { checkpointRecord } from '../../../lib/audit/checkpoint-record.ts';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { OUTCOME_TERMS } from '../../../lib/audit/ocsf-terms.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import { asciiJson, canonicalJson } from '../../../lib/model/json.ts';
import type { Outcome } from '../../../lib/model/outcome.ts';
import { FAILURE_REASONS, HOLD_REASONS } from '../../../lib/model/reasons.ts';
import { REPLAY_CODES, type ReplayCode } from '../../../lib/model/replay-codes.ts';
import { linkedTo, sha256 } from '../../support/audit-chains.ts';
import { eventOf, factsOf, USED_APPROVAL } from '../../support/audit-facts.ts';
import { check, keyLeak, offboarded, principalLeak, reinstated } from '../../support/event-factory.ts';
import { sortedKeys } from '../../support/sorted-keys.ts';

const read = (url: URL) => JSON.parse(readFileSync(url, 'utf8'));
const OCSF = new URL('../../fixtures/ocsf/ocsf-user_management-3007-1.9.0.schema.json', import.meta.url);
const validator = (schema: object) => new Ajv2020({ strict: false }).compile(schema);
const ours = validator(read(new URL('../../support/audit-schema.json', import.meta.url)));
const theirs = validator(read(OCSF));

const words = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' });
const keys = fc.record({
  count: fc.nat(100_000),
  sha256: fc.constant('a'.repeat(64)),
  ids: fc.array(words, { maxLength: 100 }),
});

const target = fc.oneof(
  fc.stringMatching(/^CW[A-Z0-9]{10,30}$/).map((id) => ({ kind: 'key', accessKeyId: accessKeyId.parse(id) }) as const),
  fc
    .stringMatching(/^(coreweave|saml|role)\/[!-)+-.0-~]{1,60}$/)
    .map((name) => ({ kind: 'principal', principalName: principalName.parse(name) }) as const),
);

const shared = fc.constant(true as const);
const call = fc.record(
  {
    call: fc.constantFrom('revoke-key', 'revoke-principal'),
    attempt: fc.integer({ min: 1, max: 3 }),
    status: fc.integer({ min: 100, max: 599 }),
    latencyMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
    fault: fc.constantFrom('connect', 'reset', 'timeout', 'token'),
  },
  { requiredKeys: ['call', 'attempt'] },
);

const reason = fc.constantFrom(...FAILURE_REASONS, ...HOLD_REASONS);
const operator = fc.record({ name: words, arn: words, claimed: fc.boolean() }, { requiredKeys: ['name', 'claimed'] });
const intentCall = call.map(({ call: name, attempt }) => ({ call: name, attempt }));
const verifiedBy = fc.constantFrom('read-back', 'listing', 'api-answer');
const releases = fc.constantFrom(...HOLD_REASONS, 'replay-limit');
const outcome = fc.constantFrom(...(Object.keys(OUTCOME_TERMS) as Outcome[]));
const replayCode = fc.constantFrom('intent', ...(Object.keys(REPLAY_CODES) as ReplayCode[]));
const origin = fc.string({ maxLength: 40 });

const intentEntry = fc.record(
  { phase: fc.constant('intent' as const), target, call: intentCall, shared },
  { requiredKeys: ['phase', 'target', 'call'] },
);
const listed = { before: keys, after: keys, late: shared };
const outcomeEntry = fc.record(
  { phase: fc.constant('outcome' as const), outcome, target, call, shared, verifiedBy, ...listed },
  { requiredKeys: ['phase', 'outcome'] },
);
const deadEntry = fc.record(
  { phase: fc.constantFrom('dead-letter', 'hold'), reason, detail: words, target },
  { requiredKeys: ['phase', 'reason', 'detail'] },
);
const noteEntry = fc.record(
  { phase: fc.constant('note' as const), name: words, detail: words, target },
  { requiredKeys: ['phase', 'name'] },
);
const refusalEntry = fc.record({ phase: fc.constant('refusal' as const), detail: words });
const run = { operationId: words, operator, origin };
const replayEntry = fc.record(
  { phase: fc.constant('replay' as const), code: replayCode, reason, ...run, releases, target },
  { requiredKeys: ['phase', 'code', 'reason', 'operationId', 'operator', 'origin'] },
);
const entry: fc.Arbitrary<AuditEntry> = fc.oneof(
  intentEntry,
  outcomeEntry,
  deadEntry,
  noteEntry,
  refusalEntry,
  replayEntry,
);

const discardEntry = fc.record({
  phase: fc.constant('discard' as const),
  code: fc.constantFrom('intent', 'discarded', 'not-removed'),
  reason,
  ...run,
  why: words,
  target,
});
const heldAgainEntry = fc.record({ phase: fc.constant('hold' as const), reason, detail: words, repeated: shared });
const counts = fc.dictionary(
  fc.stringMatching(/^[a-z_]{1,12}$/),
  fc.oneof(fc.nat(), words, fc.array(fc.record({ principalName: words, code: words }))),
);
const reconcileEntry = fc.record({
  phase: fc.constant('reconcile' as const),
  name: fc.constantFrom('Reconciliation', 'Attestation', 'Self-check'),
  code: fc.constantFrom('none-standing', 'standing', 'unproven', 'listing-failed', 'ok', 'findings'),
  detail: words,
  figures: fc.record({ standingKeys: fc.nat(), findings: fc.nat(), compared: fc.boolean(), more: counts }),
});

const delivery = fc.record({
  messageId: words,
  receiveCount: fc.integer({ min: 1, max: 400 }),
  lane: fc.constantFrom('urgent', 'bulk'),
  senderId: fc.string({ maxLength: 60 }),
  requestId: words,
  replays: fc.nat(9),
  sha256: fc.constant('b'.repeat(64)),
  size: fc.nat(1_048_576),
});

/** With what only some deliveries have. */
const approvedDelivery = fc
  .tuple(delivery, words, fc.constantFrom([], [USED_APPROVAL], [{ ...USED_APPROVAL, check: 'age' }, USED_APPROVAL]))
  .map(([fields, sender, approvals]) => ({ ...fields, sender, approvals }));

const event = fc.constantFrom(...[keyLeak(), principalLeak(), offboarded(), reinstated(), check()].map(eventOf), null);
const time = fc.integer({ min: 0, max: 4e12 });

const faultsOf = (record: unknown) => {
  const text = JSON.parse(asciiJson(JSON.parse(JSON.stringify(record))));
  return [ours(text) ? null : ours.errors, theirs(text) ? null : theirs.errors].filter((each) => each !== null);
};

describe('every record, whatever it reports', () => {
  it('is valid, as the first and as a later one of its chain, and as it was before', () => {
    fc.assert(
      fc.property(entry, event, delivery, fc.uuid(), time, (entry_, event_, delivery_, id, now) => {
        const facts = factsOf(entry_, event_);
        const record = auditRecord({ ...facts, id, now, delivery: delivery_ });
        const first = linkedTo(openChain(id, facts.settings.handler), record);
        const later = linkedTo(first.chain, record);
        const end = checkpointRecord({
          id,
          now,
          requestId: delivery_.requestId,
          settings: facts.settings,
          chain: later.chain,
        });
        const closed = linkedTo(later.chain, end);
        expect([record, first.record, later.record, end, closed.record].flatMap(faultsOf)).toEqual([]);
        expect([first, later, closed].filter(({ record: linked, text }) => text !== canonicalJson(linked))).toEqual([]);
        const back = JSON.parse(asciiJson(closed.record));
        expect(fingerprintOf(back, sha256)).toBe(closed.chain.last?.fingerprint);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is written in its canonical form, which its fingerprint is of', () => {
    const every = fc.oneof(entry, discardEntry, heldAgainEntry, reconcileEntry);
    fc.assert(
      fc.property(every, event, approvedDelivery, (entry_, event_, delivery_) => {
        const facts = { ...factsOf(entry_, event_), delivery: delivery_ };
        const first = linkedTo(openChain('chain', 'revoke:7'), auditRecord(facts));
        const end = checkpointRecord({ ...facts, requestId: delivery_.requestId, chain: first.chain });
        for (const { record, text, chain } of [first, linkedTo(first.chain, end)]) {
          expect(text).toBe(JSON.stringify(sortedKeys(record)));
          expect(chain.last?.fingerprint).toBe(fingerprintOf(record, sha256));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused by our schema when a part of its place in the chain is missing or says too much', () => {
    const facts = factsOf({ phase: 'note', name: 'Scheduled' }, null);
    const first = linkedTo(openChain('chain', 'revoke:7'), auditRecord(facts));
    const { record } = linkedTo(first.chain, auditRecord(facts));
    const { attestation_list: list, metadata, ...rest } = JSON.parse(asciiJson(record));
    const [own] = list;
    const wrongs: readonly object[] = [
      { ...rest, metadata },
      { ...rest, metadata: { ...metadata, sequence: undefined }, attestation_list: list },
      { ...rest, metadata: { ...metadata, sequence: 0 }, attestation_list: list },
      { ...rest, metadata: { ...metadata, sequence: 1 }, attestation_list: list },
      { ...rest, metadata: { ...metadata, profiles: ['security_control'] }, attestation_list: list },
      { ...rest, metadata, attestation_list: [{ ...own, prev_event: undefined }] },
      { ...rest, metadata, attestation_list: [{ ...own, fingerprint: undefined }] },
      { ...rest, metadata, attestation_list: [{ ...own, chain_uid: undefined }] },
      { ...rest, metadata, attestation_list: [{ ...own, signatures: [] }] },
      { ...rest, metadata, attestation_list: [...list, ...list] },
      {
        ...rest,
        metadata,
        attestation_list: list,
        unmapped: { ...rest.unmapped, checkpoint: { sequence: 1, head: 'a'.repeat(64), count: 1 } },
      },
    ];
    expect(faultsOf({ ...rest, metadata, attestation_list: list })).toEqual([]);
    expect(wrongs.filter((wrong) => ours(JSON.parse(JSON.stringify(wrong))))).toEqual([]);
  });
});
