/** Which rows of events the backfill takes for offboardings that the ledger has no statement of. */
import { expect, it } from 'vitest';
import { createCredentials } from '../../../lib/coreweave/credentials.ts';
import { eventNames, unmarkedOffboardings } from '../../../lib/reconcile/unmarked.ts';
import { offboarded, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { settingsOf } from '../../support/memory-function.ts';
import { memoryRows } from '../../support/memory-rows.ts';
import { openWorld } from '../../support/memory-world.ts';

const HR = '//hr.example/acme';
const NOTHING = { findings: [], missing: [], rows: 1, unreadable: 0 };

it('unmarkedOffboardings: takes no staged offboarding of 0.2 for one, whose user has keys since', async () => {
  const world = openWorld();
  const instance = world.instance({ principalTemplates: ['saml/{email}'] });
  const staged = offboarded({
    id: 'created-inactive',
    source: HR,
    data: { identity: { email: 'user@example.com' }, staged: true },
  });
  expect(await instance.deliver([staged])).toEqual([]);
  world.store.createKeys(SAML_PRINCIPAL);
  const row = await world.row(staged);
  expect(row.data).toMatchObject({ state: 'done', principals: [SAML_PRINCIPAL] });
  async function* rows() {
    yield row;
  }
  const { ports } = instance;
  const settings = settingsOf();
  const services = {
    ports: { ...ports, rows: memoryRows(ports.table) },
    settings,
    credentials: createCredentials(ports, settings),
  };
  const names = eventNames(ports, [{ source: HR, id: 'created-inactive' }]);
  expect(await unmarkedOffboardings(services, { rows: rows(), names, endsAt: world.now + 60_000 })).toEqual(NOTHING);
});
