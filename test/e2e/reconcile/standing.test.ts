/** Reconciliation by the built functions, on the localhost stack. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { createTable } from '../../../lib/io/dynamodb/table.ts';
import { writeStatement } from '../../../lib/ledger/statements.ts';
import { TABLE } from '../../../local/variables.ts';
import { offboarded, reinstated } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { type Stack, startStack } from '../stack.ts';

const LIMIT = 3;
const HR = '//hr.example/acme';
const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `coreweave/u${name}${n + 10}`);
const AGAIN = numbered('Again', 3);
const MISSED = numbered('Missed', 3);
const STANDING = [...AGAIN, ...MISSED];
const BACK = 'coreweave/uBack';
const SAME_NAME = 'saml/uAgain10';
const OTHERS = Array.from({ length: 2_500 }, (_, n) => ({
  accessKeyId: `CWLIVE${n + 1_000_000}`,
  principalName: `coreweave/uOther${n % 700}`,
}));

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    seed: OTHERS,
    batchSize: 10,
    env: { RECONCILE_LIMIT: String(LIMIT), SELF_PRINCIPAL: 'coreweave/uRevocationHandler' },
  });
  const overrides = {
    endpoint: stack.ledgerEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const table = createTable({ name: TABLE, dryRun: false, now: Date.now, overrides });
  const ports = { table, sha256, clock: { now: Date.now, sleep: async () => {} } };
  const said = { authority: HR, time: '2025-01-01T00:00:00Z', source: HR } as const;
  for (const name of [...STANDING, ...numbered('Gone', 150)]) {
    const statement = { ...said, state: 'offboarded', id: name } as const;
    await writeStatement(ports, principalName.parse(name), statement);
  }
}, 60_000);
afterAll(() => stack.close());

const live = (...names: readonly string[]) => names.filter((name) => stack.api.store.liveKeys(name).length > 0);
const START = new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString();
const run = () => stack.reconcile({ action: 'reconcile', time: START });
const found = { admitted: STANDING.slice(0, LIMIT), held: STANDING.slice(LIMIT), pages: 3, findings: [] };

describe('the function reconcile', () => {
  it('leaves alone who was offboarded and reinstated by events', async () => {
    stack.api.store.createKeys(BACK);
    const at = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
    const data = { principalName: BACK };
    await stack.send('bulk', JSON.stringify(offboarded({ id: 'leaves', source: HR, time: at(-60), data })));
    await stack.idle();
    expect(live(BACK)).toEqual([]);
    await stack.send('bulk', JSON.stringify(reinstated({ id: 'stays', source: HR, time: at(-30), data })));
    await stack.idle();
    stack.api.store.createKeys(BACK);
    for (const name of [...STANDING, SAME_NAME]) stack.api.store.createKeys(name);
    expect(await stack.reconcile({ action: 'reconcile', dryRun: true })).toMatchObject({ run: found });
    expect(live(...STANDING)).toEqual(STANDING);
  });

  it('fails as a whole if the keys cannot be listed, and is run again', async () => {
    stack.api.faults.plan('list-keys', { effect: 'skipped', answer: { status: 500, headers: {}, body: '' } });
    await expect(run()).rejects.toThrow('listing-failed');
    expect(await run()).toMatchObject({ run: found, selfCheck: { findings: [] } });
    // A second attempt of the same run sends the same events again.
    expect(await run()).toMatchObject({ run: found });
  });

  it('revokes up to its limit, and holds the others as one', async () => {
    await stack.idle();
    expect(live(...STANDING)).toEqual(STANDING.slice(LIMIT));
    expect(live(BACK, SAME_NAME, 'coreweave/uOther0')).toEqual([BACK, SAME_NAME, 'coreweave/uOther0']);
    const deadLetters = await stack.deadLetters();
    expect(deadLetters.map(({ reason, event }) => [reason, event?.data])).toEqual([
      ['held-limit', { principals: STANDING.slice(LIMIT).map((name) => ({ principalName: name, version: 1 })) }],
    ]);
    const revoked = stack.api.requests.filter(({ call }) => call === 'revoke-principal').map(({ target }) => target);
    const principals = revoked.filter((target) => !target?.includes('permission-check'));
    expect(principals.toSorted()).toEqual(['coreweave/uBack', ...STANDING.slice(0, LIMIT)].toSorted());
  });

  it('attests what is left', async () => {
    expect(await stack.reconcile({ action: 'attest' })).toMatchObject({
      attestation: {
        code: 'standing',
        standingKeys: STANDING.length - LIMIT,
        remaining: STANDING.slice(LIMIT).map((name) => ({ principalName: name, keys: 1 })),
      },
    });
    const codes = stack.audit
      .filter(({ unmapped }) => unmapped.phase === 'reconcile')
      .map(({ activity_name, status_detail }) => `${activity_name}: ${status_detail}`);
    expect(new Set(codes)).toEqual(
      new Set([
        'Reconciliation: listing-failed',
        'Reconciliation: standing',
        'Self-check: ok',
        'Attestation: standing',
      ]),
    );
  });

  it('finds a token that is not SELF_PRINCIPAL', async () => {
    stack.api.switches.tokenOwner = 'uOther';
    expect(await stack.reconcile({ action: 'self-check' })).toMatchObject({
      selfCheck: { findings: ['SELF_PRINCIPAL is not coreweave/uOther, whose token it is'] },
    });
  });

  it('refuses to be invoked with anything else', async () => {
    await expect(stack.reconcile({ action: 'revoke' })).rejects.toThrow('request-invalid');
  });
});
