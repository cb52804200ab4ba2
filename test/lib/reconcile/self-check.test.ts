/** The daily self-check of the API token. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import type { Settings } from '../../../lib/model/settings.ts';
import { selfCheck } from '../../../lib/reconcile/self-check.ts';
import { answer } from '../../support/api-answers.ts';
import type { Script } from '../../support/memory-api.ts';
import { settingsOf } from '../../support/memory-function.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';
import { memoryRows } from '../../support/memory-rows.ts';

const SELF = principalName.parse('coreweave/uRevocationHandler');

async function check(changed: Partial<Settings> = {}, script: Script = () => ({}), daysLeft: number | undefined = 20) {
  const outside = openOutside(0);
  outside.store.createKeys(SELF);
  outside.api.play(script);
  const ports = memoryPorts(outside);
  const services = {
    ports: { ...ports, rows: memoryRows(ports.table) },
    settings: settingsOf({ selfPrincipal: SELF, organization: outside.store.orgId, ...changed }),
    credentials: { listKeys: async () => undefined },
    api: ports.api,
    tokenDaysLeft: async () => daysLeft,
  };
  const { findings } = await outside.clock.run(selfCheck(services, 'r-1'));
  return { findings, outside };
}

const denied: ApiResponse = answer(403, { code: 7, message: 'no', details: [] });

describe('selfCheck', () => {
  it('finds nothing for a token that is whose it should be and may do what it must', async () => {
    const { findings, outside } = await check();
    expect(findings).toEqual([]);
    expect(outside.api.calls.map(({ request }) => request.call)).toEqual([
      'whoami',
      'list-keys',
      'read-key',
      'revoke-key',
      'revoke-principal',
    ]);
    expect(outside.store.liveKeys(SELF)).toHaveLength(1);
  });

  it('asks for no revocation in dry run', async () => {
    const { outside } = await check({ mode: 'dry-run' });
    expect(outside.api.calls.map(({ request }) => request.call)).toEqual(['whoami', 'list-keys', 'read-key']);
  });

  it.each<readonly [string, Partial<Settings>, readonly string[]]>([
    [
      'another principal',
      { selfPrincipal: principalName.parse('coreweave/uOther') },
      [`SELF_PRINCIPAL is not ${SELF}, whose token it is`],
    ],
    ['another organization', { organization: 'cwother' }, ['COREWEAVE_ORG_UID is not cw1234, whose token it is']],
  ])('finds %s', async (_name, settings, findings) => {
    expect((await check(settings)).findings).toEqual(findings);
  });

  it('finds a token that ends within a week', async () => {
    expect((await check({}, undefined, 6)).findings).toEqual(['the token ends in 6 days']);
  });

  it('finds each permission that is denied', async () => {
    const script: Script = ({ call }) => (call === 'revoke-key' || call === 'list-keys' ? { answer: denied } : {});
    expect((await check({}, script)).findings).toEqual([
      'the token may not list keys',
      'the token may not revoke a key',
    ]);
  });

  it('finds a refused token', async () => {
    const script: Script = () => ({ answer: answer(401) });
    expect((await check({}, script)).findings[0]).toBe('the API refuses the token');
  });

  it("takes a moment's trouble of the API for no finding", async () => {
    const script: Script = (_request, nth) => (nth < 3 ? { answer: answer(503) } : {});
    expect((await check({}, script)).findings).toEqual([]);
  });
});
