/** An offboarding whose event was held, and the ledger behind it. */
import type { Row } from '../../../lib/ports.ts';
import { offboarded, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { eventKeyOf } from '../../support/memory-world.ts';
import { openStage, type Stage } from '../../support/replay-stage.ts';

/** An offboarding of three weeks ago. */
export const STALE = offboarded({ time: '2026-11-01T00:00:00Z' });
/** The ledger's row of an event. */
export const rowOf = ({ outside }: Stage, event: object): Promise<Row | undefined> =>
  outside.clock.run(outside.table.get(eventKeyOf(event)));
/** Changes the row of an event behind everyone's back. */
export const change = async (stage: Stage, event: object, changed: Row['data']): Promise<void> => {
  const row = await rowOf(stage, event);
  if (row === undefined) throw new Error('no row');
  const next = { ...row, version: row.version + 1, data: { ...row.data, ...changed } };
  await stage.outside.clock.run(stage.outside.table.put(next, row.version));
};
/** An offboarding that a safety check held, with one live key. */
export const held = async (
  settings: Parameters<typeof openStage>[0] = {},
  event = STALE,
): Promise<Stage & { key: string }> => {
  const stage = openStage(settings);
  const [key = ''] = stage.outside.store.createKeys(SAML_PRINCIPAL);
  await stage.deliver([event]);
  await stage.outside.clock.pass(1_000);
  return { ...stage, key };
};
