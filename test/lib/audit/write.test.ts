import { expect, it } from 'vitest';
import { writeCheckpoint } from '../../../lib/audit/write.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { settingsOf } from '../../support/memory-function.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';

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
