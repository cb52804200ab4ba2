/** A notice that a rule sends to an input queue by mistake has no effect and causes no other notice. */
import { expect, it } from 'vitest';
import { readAuditLine } from '../../../lib/audit/read-line.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import { noticeOf } from '../../../lib/notify/notice.ts';
import { factsOf, KEY_EVENT, KEY_TARGET } from '../../support/audit-facts.ts';
import { runMessage } from '../../support/one-message.ts';

const noticesIn = (records: readonly object[]) =>
  records.flatMap((record) => {
    const read = readAuditLine(JSON.stringify(record));
    return read.kind === 'record' ? [noticeOf(read.line)] : [];
  });
const [completed] = noticesIn([
  auditRecord(factsOf({ phase: 'outcome', target: KEY_TARGET, outcome: 'confirmed' }, KEY_EVENT)),
]);

const [held] = noticesIn([auditRecord(factsOf({ phase: 'hold', reason: 'held-limit', detail: 'x' }, KEY_EVENT))]);
const [failed] = noticesIn([
  auditRecord(factsOf({ phase: 'dead-letter', reason: 'unconfirmed', detail: 'x' }, KEY_EVENT)),
]);

const onBus = (notice: typeof held) => ({ 'detail-type': notice?.type, detail: notice });

it.each([
  ['completed', completed],
  ['held', held],
  ['failed', failed],
  ['completed, in the envelope of a rule', onBus(completed)],
  ['held, in the envelope of a rule', onBus(held)],
  ['failed, in the envelope of a rule', onBus(failed)],
])(
  'a notice on an input queue becomes a dead letter unknown-type without a call and without a notice: %s',
  async (_, notice) => {
    expect(notice).toBeDefined();
    const { deadLetters, failed: returned, outside } = await runMessage(asciiJson(notice as never));
    expect([returned, deadLetters.map(({ reason }) => reason)]).toEqual([[], ['unknown-type']]);
    expect(outside.audit.map(({ status_detail: code }) => code)).toContain('unknown-type');
    expect(noticesIn(outside.audit).filter((made) => made !== undefined)).toEqual([]);
  },
);
