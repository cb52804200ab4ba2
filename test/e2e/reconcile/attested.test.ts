/** An offboarded principal from its event to the attestation, by the built functions on the localhost stack. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable } from '../../../lib/io/dynamodb/table.ts';
import { TABLE } from '../../../local/variables.ts';
import { offboarded } from '../../support/event-factory.ts';
import { type Stack, startStack } from '../stack.ts';

const HR = '//hr.example/acme';
const ANN = 'coreweave/uAnn';
const RUN = 'reconciliation#run';
const MINUTE_MS = 60_000;

let stack: Stack;
beforeAll(async () => {
  const env = { SELF_PRINCIPAL: 'coreweave/uRevocationHandler', METRIC_SERVICE: 'test' };
  stack = await startStack({ seed: [{ accessKeyId: 'CWLIVE1000000', principalName: 'coreweave/uOther' }], env });
}, 60_000);
afterAll(() => stack.close());

/** What the run has saved, as if it had been so many minutes ago. */
async function age(minutes: number): Promise<void> {
  const overrides = {
    endpoint: stack.ledgerEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const table = createTable({ name: TABLE, dryRun: false, now: Date.now, overrides });
  const row = await table.get(RUN);
  if (row === undefined) throw new Error('expected a run');
  const back = (ms: unknown): number => Number(ms) - minutes * MINUTE_MS;
  const data = { ...row.data, begun: back(row.data.begun), ended: back(row.data.ended) };
  await table.put({ ...row, version: row.version + 1, data }, row.version);
}

const isLive = (name: string): boolean => stack.api.store.liveKeys(name).length > 0;
const attest = () => stack.reconcile({ action: 'attest' });
const attestations = (): readonly string[] => stack.output.filter((line) => line.includes('"Attestations"'));
const codes = (): readonly string[] =>
  stack.audit
    .filter(({ unmapped }) => unmapped.phase === 'reconcile')
    .map(({ activity_name, status_detail }) => `${activity_name}: ${status_detail}`);

describe('an offboarded principal', () => {
  it('whose key lives again is found, the key is revoked, and then none is attested to be left', async () => {
    stack.api.store.createKeys(ANN);
    const event = offboarded({
      id: 'ann-leaves',
      source: HR,
      time: new Date().toISOString(),
      data: { principalName: ANN },
    });
    await stack.send('bulk', JSON.stringify(event));
    await stack.idle();
    expect(isLive(ANN)).toBe(false);
    stack.api.store.createKeys(ANN);
    const { run } = (await stack.reconcile({ action: 'reconcile' })) as { run: { admitted: readonly string[] } };
    expect(run.admitted).toEqual([ANN]);
    await stack.idle();
    expect([isLive(ANN), isLive('coreweave/uOther')]).toEqual([false, true]);

    // An attestation needs two listings that show no live key.
    await age(50);
    expect(await attest()).toMatchObject({ attestation: { code: 'unproven', standingKeys: 0 } });
    await stack.reconcile({ action: 'reconcile' });
    const before = attestations().length;
    expect(await attest()).toMatchObject({ attestation: { code: 'unproven', compared: false } });
    expect(attestations()).toHaveLength(before);
    await age(50);
    expect(await attest()).toMatchObject({
      attestation: {
        code: 'none-standing',
        standingKeys: 0,
        remaining: [],
        detail: expect.stringMatching(/^none of 1 offboarded principals .*: 0 remain$/),
      },
    });
    expect(codes()).toContain('Attestation: none-standing');
    expect(attestations()).toHaveLength(before + 1);
  });
});

describe('an attestation that cannot list the keys', () => {
  it('fails, is audited, and does not count as an attestation', async () => {
    const before = attestations().length;
    stack.api.faults.plan('list-keys', { effect: 'skipped', answer: { status: 500, headers: {}, body: '' } });
    // Errors of the function raise the alarm `function-errors`, and without the metric `attestation-missing` does.
    await expect(attest()).rejects.toThrow('listing-failed');
    expect([codes().at(-1), attestations().length]).toEqual(['Attestation: listing-failed', before]);
  });
});
