/** `explain`: what would happen, in words, by the pipelines themselves; and that it writes and sends nothing. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONDITIONS } from '../../../cli/explain/conditions.ts';
import { explainMessage } from '../../../cli/explain/explain.ts';
import { run } from '../../../cli/run.ts';
import { parseEvent } from '../../../events/canonical.ts';
import { createTable } from '../../../lib/io/dynamodb/table.ts';
import { systemClock } from '../../../lib/io/node.ts';
import { bodyHash, eventKey, writeEvent } from '../../../lib/ledger/events.ts';
import { SAFETY_CHECKS } from '../../../lib/revoke/checks.ts';
import { TABLE } from '../../../local/variables.ts';
import { keyLeak, offboarded, principalLeak, reinstated } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { settingsOf } from '../../support/memory-function.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { PUBLISHED, readPublished } from '../../support/published-samples.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const now = () => new Date().toISOString();
const later = () => new Date(Date.now() + 86_400_000).toISOString();

async function explain(event: unknown, env: NodeJS.ProcessEnv = {}, ...options: readonly string[]) {
  const terminal = fakeTerminal({ input: JSON.stringify(event) });
  const code = await run(['explain', '-', '--json', ...options], { terminal, env });
  const { mode, live, events } = JSON.parse(terminal.out);
  return { code, mode, live, events, ...events[0] };
}
const reasonsOf = ({ heldIf }: { heldIf: { reason: string; condition: string }[] }) =>
  heldIf.map(({ reason, condition }) => `${reason}: ${condition}`);

describe('explain', () => {
  it('says what happens to a leaked key, without any configuration', async () => {
    const told = await explain(keyLeak());
    expect(told).toMatchObject({
      code: 0,
      mode: 'enforce',
      live: false,
      verdict: 'go',
      summary: ['would revoke key CWABCDEFGHIJKLMN'],
      lane: 'urgent',
      heldIf: [{ reason: 'held-limit', condition: 'more keys of this sender than LIMITS allows came before' }],
      event: keyLeak(),
      record: { activity_name: 'Revocation Intent', metadata: { correlation_uid: String(keyLeak().id) } },
    });
    expect(told.calls).toEqual([
      { method: 'POST', path: '/v1/cwobject/revoke-access-key/access-key', body: '{"accessKey":"CWABCDEFGHIJKLMN"}' },
    ]);
  });

  it.each([
    [
      'held-protected',
      keyLeak(),
      { PROTECTED: '[{"accessKeyId":"CWABCDEFGHIJKLMN","owner":"a","reason":"b"}]' },
      'hold',
    ],
    [
      'held-low-confidence',
      keyLeak({ data: { accessKeyId: 'CWABCDEFGHIJKLMN', confidence: 'key-id-only' } }),
      {},
      'hold',
    ],
    ['held-protected', offboarded(), { SELF_PRINCIPAL: 'saml/user@example.com' }, 'hold'],
    [
      'held-protected',
      offboarded({ data: { identity: { email: 'user@example.com' } } }),
      { PRINCIPAL_TEMPLATES: '["saml/{email}"]', SELF_PRINCIPAL: 'saml/user@example.com' },
      'hold',
    ],
    ['held-stale', offboarded({ time: '2020-01-01T00:00:00Z' }), {}, 'hold'],
    ['unresolved', keyLeak({ data: { reference: { provider: 'x', ref: 'y' } } }), {}, 'dead'],
    ['invalid', { ...keyLeak(), data: {} }, {}, 'dead'],
    ['unknown-version', keyLeak({ type: 'credential.compromised.v2' }), {}, 'dead'],
  ])('says that %s stops an event', async (reason, event, env, verdict) => {
    const told = await explain(event, env);
    expect(told).toMatchObject({ verdict, reason, detail: expect.stringMatching(/./), calls: [], heldIf: [] });
    expect(told.summary.join('\n')).toMatch(/^would (?:be held|become a dead letter): /);
    expect(told.summary[0]).toContain(reason);
  });

  it('says what only the ledger and the API can decide', async () => {
    expect(reasonsOf(await explain(offboarded({ time: now() })))).toEqual([
      'held-superseded: the person was reinstated at that time or later',
      'held-limit: more principals than LIMITS allows came before',
      'held-limit: the principal has more live keys than a row of the ledger holds',
    ]);
    expect(reasonsOf(await explain(keyLeak(), { SELF_PRINCIPAL: 'coreweave/self' }))).toEqual([
      'held-limit: more keys of this sender than LIMITS allows came before',
      'held-protected: its owner is on PROTECTED or is SELF_PRINCIPAL',
    ]);
    const unknown = await explain(offboarded({ time: now(), data: { identity: { login: 'x' } } }));
    expect(unknown).toMatchObject({ verdict: 'dead', reason: 'unmappable' });
    expect(unknown.summary.at(-1)).toContain('--live reads it');
    const alert = await explain(keyLeak({ data: { reference: { provider: 'github', ref: 'acme/app/7' } } }));
    expect(alert).toMatchObject({
      verdict: 'go',
      summary: ['would look up alert acme/app/7 of github, and revoke the keys in it'],
      record: null,
    });
  });

  it('has a condition for each safety check that needs the ledger or the API', () => {
    const checks = Object.values(SAFETY_CHECKS).flat();
    const outside = checks.filter(({ cost }) => cost !== 'none').map(({ name }) => name);
    expect(Object.keys(CONDITIONS).toSorted()).toEqual(outside.toSorted());
  });

  it('says what a dry run, a future date and a reinstatement do', async () => {
    const dry = await explain(principalLeak(), { MODE: 'dry-run' });
    expect(dry).toMatchObject({ verdict: 'dry-run', calls: [], record: { status_detail: 'would-revoke' } });
    expect(dry.summary[0]).toMatch(/^would only record that it would revoke all keys of /);
    const coming = await explain(
      offboarded({ data: { principalName: 'saml/user@example.com', effectiveAt: later() } }),
    );
    expect(coming).toMatchObject({
      verdict: 'wait',
      summary: ['would be scheduled: all keys of saml/user@example.com'],
      calls: [],
      record: { activity_name: 'Scheduled' },
    });
    expect(reasonsOf(coming)).toContain('held-superseded: a newer offboarding of the principal is scheduled');
    expect(await explain(reinstated())).toMatchObject({
      verdict: 'go',
      calls: [],
      heldIf: [],
      record: { activity_name: 'Reinstatement' },
    });
  });

  it('explains each part of a batch by itself, and ends with 1 when one is rejected', async () => {
    const { code, events } = await explain([
      keyLeak(),
      { no: 'event' },
      keyLeak({ id: 'alert', data: { reference: { provider: 'github', ref: 'acme/app/7' } } }),
      offboarded({ time: '2020-01-01T00:00:00Z' }),
    ]);
    expect({ code, verdicts: events.map(({ verdict }: { verdict: string }) => verdict) }).toEqual({
      code: 1,
      verdicts: ['go', 'dead', 'go', 'hold'],
    });
  });

  it('refuses a wrong configuration of what it uses, and reads no other', async () => {
    const terminal = fakeTerminal({ input: JSON.stringify(keyLeak()) });
    const env = { PROTECTED: 'nonsense', LIMITS: '{}', BULK_QUEUE_URL: 'nonsense' };
    expect(await run(['explain', '-'], { terminal, env })).toBe(2);
    expect(terminal.err).toMatch(/error \[config-invalid\] PROTECTED: .*\n {2}LIMITS: .*\n {2}next/);
    expect(terminal.err).not.toContain('BULK_QUEUE_URL');
  });
});

describe('explain --live', () => {
  const OWNER = 'saml/user@example.com';
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand(
      ['CWEXPLAIN0000001', 'CWEXPLAIN0000002', 'CWEXPLAIN0000003'].map((accessKeyId) => ({
        accessKeyId,
        principalName: OWNER,
      })),
    );
    enterEnvironment(stand.env);
  });
  afterAll(() => stand.close());

  it('counts the keys of now, and applies what the ledger has', async () => {
    expect(await explain(offboarded({ time: now() }), { ...stand.env }, '--live')).toMatchObject({
      live: true,
      verdict: 'go',
      summary: [`would revoke 3 keys of ${OWNER}`],
      heldIf: [],
    });
    const unknownPrincipal = offboarded({ time: now(), data: { principalName: 'saml/unknown@example.com' } });
    expect(await explain(unknownPrincipal, { ...stand.env }, '--live')).toMatchObject({
      verdict: 'nothing',
      calls: [{ method: 'POST' }],
    });
    const table = createTable({ name: TABLE, dryRun: false, now: Date.now });
    await table.put({ pk: `reinstated#${OWNER}`, version: 1, data: { time: later() } }, undefined);
    const held = await explain(offboarded({ time: now() }), { ...stand.env }, '--live');
    expect(held).toMatchObject({ verdict: 'hold', reason: 'held-superseded' });
    await table.remove(`reinstated#${OWNER}`, 1);
  });

  it.each([
    ['done', 'a duplicate, this source and id are done; send it with a new id'],
    ['dead', 'it became a dead letter, or is scheduled: see `revoker status`'],
  ] as const)('says why a repetition revokes nothing while keys are live: its row is %s', async (state, why) => {
    const event = offboarded({ id: `repeated-${state}`, time: now() });
    const parsed = parseEvent(event, Date.now());
    if (parsed.kind !== 'event') throw new Error(parsed.detail);
    const table = createTable({ name: TABLE, dryRun: false, now: Date.now });
    const ports = { table, sha256, clock: systemClock };
    const pk = eventKey(ports, parsed.event);
    const row = {
      state,
      bodyHash: bodyHash(ports, parsed.event),
      time: parsed.event.time,
      holder: '',
      leaseUntil: 0,
      principals: [],
      late: true,
      checked: {},
    };
    await writeEvent(ports, { pk, version: 1, row }, undefined);
    expect(await explain(event, { ...stand.env }, '--live')).toMatchObject({
      code: 0,
      verdict: 'nothing',
      summary: [`would revoke nothing: ${why}`],
    });
    await table.remove(pk, 1);
  });

  it.each([
    ['enforce', {}],
    ['dry-run', { MODE: 'dry-run' }],
    ['enforce and a protected principal', { SELF_PRINCIPAL: 'coreweave/self' }],
  ])('says that the API does not know the key, in mode %s', async (_, env) => {
    const unknown = keyLeak({ data: { accessKeyId: 'CWEXPLAINUNKNOWN' } });
    expect(await explain(unknown, { ...stand.env, ...env }, '--live')).toMatchObject({
      code: 0,
      verdict: 'not-found',
      summary: ['would revoke nothing: the API does not know the key: check the key ID and the organization'],
    });
  });

  it('says that a key is deleted already', async () => {
    stand.api.store.add({ accessKeyId: 'CWEXPLAINDELETED', principalName: 'coreweave/other', status: 'DELETED' });
    const deleted = keyLeak({ data: { accessKeyId: 'CWEXPLAINDELETED' } });
    expect(await explain(deleted, { ...stand.env }, '--live')).toMatchObject({
      verdict: 'nothing',
      summary: ['would revoke nothing: the key is deleted already'],
    });
  });

  const CLOSED = 'http://127.0.0.1:9';
  it.each([
    ['the key', 'api-unreachable', keyLeak(), { COREWEAVE_API_URL: CLOSED }],
    ['the list of keys', 'api-unreachable', offboarded({ time: now() }), { COREWEAVE_API_URL: CLOSED }],
    ['the ledger', 'ledger-unavailable', offboarded({ time: now() }), { AWS_ENDPOINT_URL_DYNAMODB: CLOSED }],
  ])('fails, and says that %s cannot be read (%s)', async (what, code, event, env) => {
    enterEnvironment(env);
    const terminal = fakeTerminal({ input: JSON.stringify(event) });
    const exitCode = await run(['explain', '-', '--live'], { terminal, env: { ...stand.env, ...env } });
    enterEnvironment(stand.env);
    expect({ exitCode, out: terminal.out }).toEqual({ exitCode: 1, out: '' });
    expect(terminal.err).toMatch(
      new RegExp(`^error \\[${code}\\] ${what} cannot be read: cannot connect to .+\n  next: is .+\n$`),
    );
  });

  it('writes nothing to the ledger, sends nothing, and makes GET requests alone', async () => {
    const before = stand.api.requests.length;
    const messages = [
      keyLeak({ data: { accessKeyId: 'CWEXPLAIN0000001' } }),
      offboarded({ time: now() }),
      offboarded({ data: { principalName: OWNER, effectiveAt: later() } }),
      reinstated({ time: now() }),
      principalLeak(),
      offboarded({ time: '2020-01-01T00:00:00Z' }),
    ];
    for (const message of messages) await explain(message, { ...stand.env, SELF_PRINCIPAL: 'coreweave/x' }, '--live');
    const calls = stand.api.requests.slice(before);
    expect(calls.length).toBeGreaterThan(3);
    expect(calls.filter(({ method }) => method !== 'GET')).toEqual([]);
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    const client = new DynamoDBClient({});
    expect((await client.send(new ScanCommand({ TableName: TABLE }))).Items).toEqual([]);
    client.destroy();
    for (const queue of ['urgent', 'bulk', 'deadLetters'] as const) expect(await stand.take(queue)).toEqual([]);
  });
});

describe('explainMessage', () => {
  /** Ports that only read, and say so. */
  function spies() {
    const seen: string[] = [];
    return {
      seen,
      reads: {
        table: { get: async () => void seen.push('get') as undefined },
        credentials: {
          keyState: async () => {
            seen.push('keyState');
            return { kind: 'live', owner: 'saml/owner' } as const;
          },
          listKeys: async () => {
            seen.push('listKeys');
            const liveKeys = () => ['CWABCDEFGHIJKLMN'];
            const none = { begun: 0, pages: 0, unreadable: 0, owners: () => [], ownersLike: () => [] };
            return { ...none, liveKeys, ownerOf: () => undefined, hasOwner: () => true };
          },
        },
      },
    };
  }
  const event = fc.oneof(
    fc.record({ id: fc.string(), time: fc.constantFrom(now(), later(), '2020-01-01T00:00:00Z') }).map(offboarded),
    fc.record({ id: fc.string() }).map(keyLeak),
    fc.record({ id: fc.string() }).map(reinstated),
    fc.record({ id: fc.string() }).map(principalLeak),
    fc.jsonValue(),
  );
  const message = fc.oneof(
    fc.string(),
    fc.array(event, { maxLength: 5 }).map((events) => JSON.stringify(events)),
    event.map((one) => JSON.stringify(one)),
    fc.constantFrom(...PUBLISHED).map(readPublished),
  );
  const settings = fc.record({
    mode: fc.constantFrom('enforce' as const, 'dry-run' as const),
    verify: fc.boolean(),
    dryRunKeep: fc.boolean(),
  });

  it('answers for every part of any message, and reaches nothing but reads', async () => {
    await fc.assert(
      fc.asyncProperty(message, settings, fc.boolean(), async (text, changed, live) => {
        const { seen, reads } = spies();
        const options = { settings: settingsOf(changed), now: Date.now(), sha256, optionWords: '' };
        const told = await explainMessage(text, live ? { ...options, reads } : options);
        expect(told.length).toBeGreaterThan(0);
        for (const { summary } of told) expect(summary.join('\n')).toMatch(/^would /);
        if (!live) expect(seen).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
