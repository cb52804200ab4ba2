/** The words of `revoke --wait` are those of `status` and of the report; its codes stay. */
import { expect, it } from 'vitest';
import { STATUS_LABELS } from '../../../cli/audit/report/format.ts';
import { toWaitOutcome } from '../../../cli/revoke/outcome.ts';
import type { WaitResult } from '../../../cli/revoke/wait.ts';
import { parseEvent } from '../../../events/canonical.ts';
import { textOfSpan } from '../../../terminal/lines.ts';
import { EVENT_MS, keyLeak } from '../../support/event-factory.ts';

const parsed = parseEvent(keyLeak(), EVENT_MS);

const CASES: readonly (readonly [result: WaitResult, label: string, code: string])[] = [
  [{ kind: 'gone' }, STATUS_LABELS.revoked[0], 'gone'],
  [{ kind: 'gone-before' }, STATUS_LABELS['already-revoked'][0], 'gone-before'],
  [{ kind: 'no-keys' }, STATUS_LABELS.nothing[0], 'no-keys'],
  [{ kind: 'done', live: [] }, STATUS_LABELS.revoked[0], 'done'],
];

it.each(CASES)('toWaitOutcome: %j is "%s", with the code %s', async (result, label, outcome) => {
  if (parsed.kind !== 'event') throw new Error('no event');
  const { lines, json } = await toWaitOutcome(result, { event: parsed.event, status: 'revoker status x', env: {} });
  expect({ head: textOfSpan(lines[0]?.[0]), outcome: json.outcome }).toEqual({ head: label.toLowerCase(), outcome });
});
