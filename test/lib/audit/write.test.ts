import { expect, it } from 'vitest';
import { openChain } from '../../../lib/audit/chain.ts';
import type { AuditRecord } from '../../../lib/audit/record.ts';
import { writeCheckpoint } from '../../../lib/audit/write.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { settingsOf } from '../../support/memory-function.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';

it('writeCheckpoint appends the checkpoint of the end of the chain', async () => {
  const outside = openOutside(EVENT_MS);
  const ports = memoryPorts(outside, { chance: { id: () => 'record-1', fraction: () => 0 } });
  const appended: AuditRecord[] = [];
  const end = { ...openChain('chain-1', 'revoke:1'), sequence: 7, unclosed: 3 };
  const audit: typeof ports.audit = { ...ports.audit, checkpoint: async (make) => void appended.push(make(end)) };
  await writeCheckpoint({ ports: { ...ports, audit }, settings: settingsOf() }, 'r-1');
  expect(appended).toMatchObject([
    {
      metadata: { uid: 'record-1' },
      time: EVENT_MS,
      unmapped: { request_id: 'r-1', checkpoint: { count: 3, sequence: 7, head: '' } },
    },
  ]);
});

it.each<[string, unknown, string]>([
  ['an error with a code', Object.assign(new Error('text of the pipe'), { code: 'EPIPE' }), 'EPIPE'],
  ['an error without a code', new Error('text of the pipe'), 'unknown'],
  ['what is no error', null, 'unknown'],
])('writeCheckpoint logs a code and does not reject when the log rejects with %s', async (_, reason, error) => {
  const outside = openOutside(EVENT_MS);
  const ports = memoryPorts(outside);
  const audit = { ...ports.audit, checkpoint: () => Promise.reject(reason) };
  await writeCheckpoint({ ports: { ...ports, audit }, settings: settingsOf() }, 'r-1');
  expect(outside.log).toEqual([{ level: 'error', code: 'no-checkpoint', fields: { error } }]);
});
