/** The words of `revoke --wait` are those of `status` and of the report; its codes stay. */
import { expect, it } from 'vitest';
import { STATUS_LABELS } from '../../../cli/audit/report/format.ts';
import { toWaitOutcome } from '../../../cli/revoke/outcome.ts';
import type { WaitResult } from '../../../cli/revoke/wait.ts';
import { parseEvent } from '../../../events/canonical.ts';
import { readDeadLetter } from '../../../lib/dead-letters/read.ts';
import { sha256 } from '../../../lib/io/node.ts';
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
  const waited = { event: parsed.event, status: 'revoker status x', optionWords: '', env: {} };
  const { lines, json } = await toWaitOutcome(result, waited);
  expect({ head: textOfSpan(lines[0]?.[0]), outcome: json.outcome }).toEqual({ head: label.toLowerCase(), outcome });
});

it('toWaitOutcome: the command that shows a dead letter has the configuration of this one', async () => {
  if (parsed.kind !== 'event') throw new Error('no event');
  const deadLetter = readDeadLetter(
    { messageId: 'dead-1', body: 'x', attributes: {}, sentAt: EVENT_MS },
    EVENT_MS,
    sha256,
  );
  const waited = { event: parsed.event, status: '', optionWords: ' --stack revocation-prod', env: {} };
  const { lines } = await toWaitOutcome({ kind: 'dead-letter', deadLetter }, waited);
  expect(lines.at(-1)).toEqual(['next: revoker dlq show dead-1 --stack revocation-prod']);
});
