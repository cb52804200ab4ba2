/** An organization with offboarded principals, and the two functions that reconcile it, in memory. */
import { principalName } from '../../../events/ids.ts';
import { createCredentials } from '../../../lib/coreweave/credentials.ts';
import { writeStatement } from '../../../lib/ledger/statements.ts';
import type { Settings } from '../../../lib/model/settings.ts';
import { type Attestation, attest } from '../../../lib/reconcile/attest.ts';
import { previewRun, type RunReport, runReconciliation } from '../../../lib/reconcile/run.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { settingsOf, startFunction } from '../../support/memory-function.ts';
import { type Meddle, memoryPorts, type Outside, openOutside } from '../../support/memory-ports.ts';
import { memoryRows } from '../../support/memory-rows.ts';
import { sqsRecords } from '../../support/record-factory.ts';
import { ROLE_IDS } from '../../support/senders.ts';

export const START = new Date(EVENT_MS).toISOString();
export const HR = '//hr.example/acme';

export const openOrganization = (): Outside => openOutside(EVENT_MS + 5_000);

/** What the ledger says of a principal. */
export const say = (
  { table, clock }: Outside,
  principal: string,
  state: 'offboarded' | 'reinstated' | 'scheduled',
  more: object = {},
): Promise<unknown> =>
  writeStatement({ ...memoryPorts(openOrganization()), table, clock }, principalName.parse(principal), {
    authority: HR,
    state,
    time: '2025-01-01T00:00:00Z',
    source: HR,
    id: `about-${principal}`,
    ...more,
  });

function services(outside: Outside, changed: Partial<Settings>, meddle?: Meddle) {
  const ports = memoryPorts(outside, meddle === undefined ? {} : { meddle });
  const settings = settingsOf(changed);
  return {
    ports: { ...ports, rows: memoryRows(ports.table) },
    settings,
    credentials: createCredentials(ports, settings),
  };
}

export interface RunOptions {
  readonly settings?: Partial<Settings>;
  readonly dryRun?: boolean;
  readonly start?: string;
  readonly meddle?: Meddle;
}

/** A run of a new instance, in virtual time. */
export function run(
  outside: Outside,
  { settings = {}, meddle, dryRun = false, start = START }: RunOptions = {},
): Promise<RunReport> {
  const endsAt = outside.clock.now() + 300_000;
  const instance = services(outside, settings, meddle);
  return outside.clock.run(
    dryRun
      ? previewRun(instance, { start, endsAt })
      : runReconciliation(instance, { start, endsAt, requestId: 'run-1' }),
  );
}

/** The attestation of a new instance, `minutes` from now. */
export async function attestAfter(
  outside: Outside,
  minutes: number,
  { settings = {}, meddle }: RunOptions = {},
): Promise<Attestation> {
  await outside.clock.run(outside.clock.sleep(minutes * 60_000));
  const endsAt = outside.clock.now() + 300_000;
  return outside.clock.run(attest(services(outside, settings, meddle), { endsAt, requestId: 'run-2' }));
}

/** The revoke function processes what was sent; it takes each message from the queue. Returns the unsettled ones. */
export const consume = (outside: Outside, settings: Partial<Settings> = {}): Promise<readonly string[]> => {
  const records = sqsRecords(
    outside.sent.splice(0).map(({ body }) => body),
    { lane: 'bulk', senderId: `${ROLE_IDS.reconcile}:reconcile`, firstReceived: outside.clock.now() },
  );
  return startFunction(outside, { settings }).deliver(records, 120_000);
};

export const deadLettersOf = ({ deadLetters }: Outside) =>
  deadLetters.map(({ body }): { reason: string; event: { data: { principals: { principalName: string }[] } } } =>
    JSON.parse(body),
  );
