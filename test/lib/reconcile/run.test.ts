/** What a run finds, sends and records. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { OK } from '../../support/api-answers.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { type Outside, sha256 } from '../../support/memory-ports.ts';
import { attestAfter, consume, deadLettersOf, HR, openOrganization, run, START, say } from './stage.ts';

const ANN = 'coreweave/uAnn';
const BOB = 'coreweave/uBob';
const ROLE = 'saml/researchers';
const MAIL = 'saml/ann@example.com';

const records = ({ audit }: Outside) =>
  audit
    .map((record): { activity_name: string; status_detail: string; unmapped: Record<string, unknown> } =>
      JSON.parse(JSON.stringify(record)),
    )
    .filter(({ unmapped }) => unmapped.phase === 'reconcile');
const codes = (outside: Outside) => records(outside).map((each) => [each.activity_name, each.status_detail]);

async function leave(outside: Outside, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await say(outside, name, 'offboarded');
    outside.store.createKeys(name);
  }
}

describe('runReconciliation', () => {
  it('sends one event for each offboarded principal with live keys', async () => {
    const outside = openOrganization();
    await leave(outside, BOB, ANN);
    outside.store.createKeys('coreweave/uCem');
    await run(outside);
    expect(outside.sent.map(({ lane, body }) => [lane, JSON.parse(body)])).toEqual(
      [ANN, BOB].map((name) => [
        'bulk',
        {
          specversion: '1.0',
          type: 'user.offboarded.v1',
          id: `${START}/${sha256(name).slice(0, 32)}`,
          source: '//revocation-handler/reconcile',
          time: START,
          data: { principals: [{ principalName: name, version: 1 }] },
        },
      ]),
    );
    expect(codes(outside)).toEqual([['Reconciliation', 'standing']]);
  });

  it('finds suspended keys live, and takes names byte by byte', async () => {
    const outside = openOrganization();
    await say(outside, ANN, 'offboarded');
    outside.store.add({ accessKeyId: 'CWSUSPENDED00001', principalName: ANN, status: 'FULL_SUSPENDED' });
    outside.store.createKeys(ANN.toUpperCase().replace('COREWEAVE', 'coreweave'));
    expect((await run(outside)).standing).toEqual([{ principalName: ANN, version: 1, keys: 1 }]);
  });

  it('in dry run reads and reports, and neither writes nor sends', async () => {
    const outside = openOrganization();
    await leave(outside, ANN, BOB);
    const writes = () =>
      outside.steps.filter((step) => step.port !== 'api' && !('operation' in step && step.operation === 'get'));
    const report = await run(outside, { dryRun: true, settings: { reconcileLimit: 1 } });
    expect([report.admitted, report.held, writes()]).toEqual([[ANN], [BOB], []]);
  });

  it('never revokes what is shared, what is protected, and what the directory gives to another', async () => {
    const outside = openOrganization();
    await leave(outside, ROLE, BOB);
    const identity = { email: 'ann@example.com' };
    await say(outside, MAIL, 'offboarded', { identity });
    outside.store.createKeys(MAIL);
    const entry = { pk: 'identity#email#ann@example.com', version: 1, data: { principals: [ANN] } };
    await outside.table.put(entry, undefined);
    const protections = [{ target: { principalName: principalName.parse(BOB) }, owner: 'ops', reason: 'backup' }];
    const report = await run(outside, { settings: { protections } });
    expect(report.findings.toSorted((a, b) => (a.code < b.code ? -1 : 1))).toEqual([
      { code: 'directory', principalName: MAIL, keys: 1 },
      { code: 'protected', principalName: BOB, keys: 1 },
      { code: 'shared', principalName: ROLE, keys: 1 },
    ]);
    expect([report.standing, outside.sent]).toEqual([[], []]);
    expect(records(outside)).toMatchObject([
      {
        status_detail: 'standing',
        unmapped: {
          detail: '3 of 3 offboarded principals have live keys',
          // The keys of the shared principal are other people's too.
          reconcile: { standing_keys: 2, findings: 3, sent: 0, held: 0 },
        },
      },
    ]);
  });

  it('still revokes a principal that the directory gives to the person who was offboarded', async () => {
    const outside = openOrganization();
    await say(outside, MAIL, 'offboarded', { identity: { email: 'ann@example.com' } });
    outside.store.createKeys(MAIL);
    const report = await run(outside, { settings: { principalTemplates: ['saml/{email}'] } });
    expect([report.standing.length, report.findings]).toEqual([1, []]);
  });

  it('finds scheduled offboardings that are overdue, and those that were left open', async () => {
    const outside = openOrganization();
    const day = 86_400_000;
    const states = {
      [ANN]: ['scheduled', EVENT_MS - day],
      [BOB]: ['open', EVENT_MS - day],
      'coreweave/uCem': ['scheduled', EVENT_MS + day],
    } as const;
    for (const [name, [state, dueAt]] of Object.entries(states)) {
      await say(outside, name, 'scheduled');
      outside.store.createKeys(name);
      const pk = `event#${sha256(JSON.stringify([HR, `about-${name}`]))}`;
      const data = {
        state,
        bodyHash: 'b',
        time: START,
        holder: '',
        leaseUntil: 0,
        principals: [],
        late: true,
        dueAt,
        checked: {},
      };
      await outside.table.put({ pk, version: 1, data }, undefined);
    }
    expect((await run(outside)).findings).toEqual([
      { code: 'overdue', principalName: ANN, keys: 1 },
      { code: 'open', principalName: BOB, keys: 1 },
    ]);
  });

  it.each([
    ['none is shown', [], 'none-standing', 'none of 1 offboarded principals is shown with a live key by one listing'],
    [
      'the API does not say whose two keys are',
      ['', ''],
      'unproven',
      'none of 1 offboarded principals is shown with a live key by one listing; ' +
        'the API did not say whose 2 keys are',
    ],
  ])('records of one listing no more than it shows: %s', async (_name, owners, code, detail) => {
    const outside = openOrganization();
    await say(outside, ANN, 'offboarded');
    outside.store.add({ accessKeyId: 'CWDELETED0000001', principalName: ANN, status: 'DELETED' });
    for (const owner of owners) outside.store.createKeys(owner);
    await run(outside);
    expect(records(outside).map(({ status_detail, unmapped }) => [status_detail, unmapped.detail])).toEqual([
      [code, detail],
    ]);
  });

  it('says so if the keys cannot be listed', async () => {
    const outside = openOrganization();
    outside.api.play(() => ({ answer: { kind: 'answer', status: 500, body: {}, latencyMs: 1 } }));
    await expect(run(outside)).rejects.toThrow('listing-failed');
    expect(codes(outside)).toEqual([['Reconciliation', 'listing-failed']]);
  });
});

describe('the attestation', () => {
  it('says that 0 remain only if two listings agree', async () => {
    const outside = openOrganization();
    await say(outside, ANN, 'offboarded');
    outside.store.add({ accessKeyId: 'CWDELETED0000001', principalName: ANN, status: 'DELETED' });
    outside.store.createKeys(BOB);
    await run(outside);
    const { detail, ...attestation } = await attestAfter(outside, 50);
    expect(attestation).toMatchObject({ code: 'none-standing', standingKeys: 0, remaining: [] });
    expect(detail).toMatch(/^none of 1 offboarded principals .* \(1 and 1 pages\): 0 remain$/);
    expect(codes(outside)).toEqual([
      ['Reconciliation', 'none-standing'],
      ['Attestation', 'none-standing'],
    ]);
  });

  it('proves nothing after a run whose keys were revoked since, but compares two listings', async () => {
    const outside = openOrganization();
    await leave(outside, ANN);
    await run(outside);
    await consume(outside);
    expect(await attestAfter(outside, 50)).toMatchObject({ code: 'unproven', standingKeys: 0, compared: true });
  });

  it.each([
    ['29 minutes', 29],
    ['121 minutes', 121],
  ])('proves nothing %s after the run', async (_name, minutes) => {
    const outside = openOrganization();
    await run(outside);
    expect(await attestAfter(outside, minutes)).toMatchObject({ code: 'unproven' });
  });

  it('proves nothing without a run', async () => {
    expect(await attestAfter(openOrganization(), 50)).toMatchObject({ code: 'unproven', compared: false });
  });

  it('proves nothing while the API does not say whose a key is', async () => {
    const outside = openOrganization();
    outside.store.createKeys('');
    await run(outside);
    const { code, detail } = await attestAfter(outside, 50);
    expect([code, detail]).toEqual(['unproven', 'the API did not say whose some of the keys are']);
  });

  it.each([
    ['no run', undefined, false],
    ['a run 29 minutes before', 29, false],
    ['a run 50 minutes before', 50, true],
    ['a run 121 minutes before', 121, false],
  ])('is recorded as a comparison of two listings, or not: %s', async (_name, minutes, compared) => {
    const outside = openOrganization();
    await leave(outside, ANN);
    if (minutes !== undefined) await run(outside);
    expect(await attestAfter(outside, minutes ?? 0)).toMatchObject({ code: 'standing', compared });
    const { unmapped } = JSON.parse(JSON.stringify(outside.audit.at(-1)));
    expect(unmapped.reconcile).toMatchObject({ standing_keys: 1, compared });
  });

  it('names who remains, and why', async () => {
    const outside = openOrganization();
    await leave(outside, ANN, BOB, ROLE);
    await run(outside, { settings: { reconcileLimit: 1 } });
    await consume(outside, { reconcileLimit: 1 });
    outside.store.createKeys(ANN);
    const { code, standingKeys, remaining } = await attestAfter(outside, 50);
    expect({ code, standingKeys, remaining }).toEqual({
      code: 'standing',
      standingKeys: 2,
      remaining: [
        {
          principalName: ANN,
          keys: 1,
          why: 'its event is done: a key was created since, or is still live after the call',
        },
        { principalName: BOB, keys: 1, why: 'its event is held' },
        { principalName: ROLE, keys: 1, why: 'the principal is shared by several people' },
      ],
    });
    expect(deadLettersOf(outside).map(({ reason }) => reason)).toEqual(['held-limit']);
  });

  it('does not say that a key was created again which the API has accepted to revoke and still shows', async () => {
    const outside = openOrganization();
    outside.api.play(({ call }) => (call.startsWith('revoke') ? { answer: OK } : {}));
    await leave(outside, ANN);
    await run(outside);
    await consume(outside);
    expect((await attestAfter(outside, 50)).remaining).toEqual([
      {
        principalName: ANN,
        keys: 1,
        why: 'its event is done: a key was created since, or is still live after the call',
      },
    ]);
  });

  it('does not say in dry run that anything was revoked', async () => {
    const outside = openOrganization();
    const settings = { mode: 'dry-run' } as const;
    await leave(outside, ANN);
    await run(outside, { settings });
    await consume(outside, settings);
    expect((await attestAfter(outside, 50, { settings })).remaining).toEqual([
      { principalName: ANN, keys: 1, why: 'dry run: nothing is revoked' },
    ]);
  });

  it('does not say that there was no run when another has taken the place of the earlier one', async () => {
    const outside = openOrganization();
    await run(outside);
    await outside.clock.run(outside.clock.sleep(40 * 60_000));
    await run(outside, { start: new Date(outside.clock.now()).toISOString() });
    const { detail } = await attestAfter(outside, 10);
    expect(detail).toBe('the last run was not from half an hour to two hours before');
  });

  it('finds what was created again in the next run', async () => {
    const outside = openOrganization();
    await leave(outside, ANN);
    await run(outside);
    await consume(outside);
    outside.store.createKeys(ANN);
    await outside.clock.run(outside.clock.sleep(86_400_000));
    await run(outside, { start: new Date(EVENT_MS + 86_400_000).toISOString() });
    expect(await consume(outside)).toEqual([]);
    expect(outside.store.liveKeys(ANN)).toEqual([]);
  });
});
