/** Who approved what a run used: matched with the replays in the same files, for `audit verify` and for the report. */
import { describe, expect, it } from 'vitest';
import { type ApprovalUses, noteApprovals, unmatchedApprovals } from '../../../cli/audit/approval-uses.ts';
import { createIncidentReader, listHolds } from '../../../cli/audit/incidents.ts';
import { holdsSection } from '../../../cli/audit/report/tables.ts';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { approvalKeyOf } from '../../support/approval.ts';
import {
  approvedFacts,
  factsOf,
  KEY_EVENT,
  PRINCIPAL_EVENT,
  PRINCIPAL_TARGET,
  USED_APPROVAL,
  writtenRecord,
} from '../../support/audit-facts.ts';
import { sha256 } from '../../support/fakes.ts';

const { operationId, operator: arn } = USED_APPROVAL;
const USED = { ...USED_APPROVAL, key: approvalKeyOf({ ...PRINCIPAL_EVENT }, 'held-stale') };
const ANN = `AROAOPERATORS:ann (${arn})`;
const HOLD: AuditEntry = { phase: 'hold', reason: 'held-stale', detail: 'rule: x', target: PRINCIPAL_TARGET };
const INTENT: AuditEntry = {
  phase: 'intent',
  target: PRINCIPAL_TARGET,
  call: { call: 'revoke-principal', attempt: 1 },
};
const replay = (code: 'intent' | 'sent', id: string = operationId): AuditEntry => ({
  phase: 'replay',
  code,
  reason: 'held-stale',
  operationId: id,
  operator: { name: 'ann', arn, userId: 'AROAOPERATORS:ann', claimed: false },
  origin: '',
  ...(code === 'intent' ? { releases: 'held-stale' } : {}),
});

/** An entry, one of a run that was approved, or one about another event. */
type Entries = readonly (AuditEntry | { readonly approved: AuditEntry } | { readonly elsewhere: AuditEntry })[];

const linesOf = (...entries: Entries) =>
  entries.map((each, index) => {
    const facts =
      'approved' in each
        ? approvedFacts(factsOf(each.approved, PRINCIPAL_EVENT), [USED])
        : 'elsewhere' in each
          ? factsOf(each.elsewhere, KEY_EVENT)
          : factsOf(each, PRINCIPAL_EVENT);
    return { record: Object(writtenRecord(facts)), uid: `r-${index + 1}`, time: 1_795_426_200_000 + index * 1_000 };
  });

const place = (line: number) => ({ file: 'log', line });

describe('an approval that a run used', () => {
  const unmatched = (...entries: Entries) => {
    const uses: ApprovalUses = { sha256, used: new Map(), replays: new Set() };
    for (const [index, line] of linesOf(...entries).entries()) noteApprovals(uses, line, place(index + 1));
    return unmatchedApprovals(uses);
  };
  const finding = {
    kind: 'approval-unmatched',
    place: place(1),
    uid: 'r-1',
    detail: `held-stale of ${PRINCIPAL_EVENT.id} by ${ANN}, operation op-1`,
  };

  it.each<[string, Entries, readonly unknown[]]>([
    ['is matched by the intent of its replay', [replay('intent'), { approved: INTENT }], []],
    ['is matched whatever the order of the files', [{ approved: INTENT }, replay('intent')], []],
    ['is unmatched without it, once for all records', [{ approved: INTENT }, { approved: INTENT }], [finding]],
    ['is unmatched by the result of a replay', [{ approved: INTENT }, replay('sent')], [finding]],
    ['is unmatched by the replay of another event', [{ approved: INTENT }, { elsewhere: replay('intent') }], [finding]],
    ['is unmatched by another operation', [{ approved: INTENT }, replay('intent', 'op-2')], [finding]],
    ['is none in a log without any', [INTENT, HOLD], []],
  ])('%s', (_, entries, expected) => {
    expect(unmatched(...entries)).toEqual(expected);
  });
});

describe('the approvals of a hold', () => {
  const holdsOf = (...entries: Entries) => {
    const reader = createIncidentReader();
    for (const line of linesOf(...entries)) reader.take(line);
    return reader.end().events;
  };
  const approversOf = (...entries: Entries) =>
    listHolds(holdsOf(...entries)).map(({ released, approvers }) => [
      released?.replay?.operationId,
      approvers.map((each) => each.operationId),
    ]);

  it.each<[string, Entries, readonly unknown[]]>([
    ['are one, named twice', [HOLD, replay('intent'), { approved: INTENT }], [['op-1', ['op-1']]]],
    ['are two persons’', [HOLD, replay('intent', 'op-0'), replay('intent')], [['op-0', ['op-0', 'op-1']]]],
    ['are known without the replay', [HOLD, { approved: INTENT }], [[undefined, ['op-1']]]],
    ['are none', [HOLD, INTENT], [[undefined, []]]],
    [
      'are those until the next hold',
      [HOLD, HOLD, { approved: INTENT }],
      [
        [undefined, []],
        [undefined, ['op-1']],
      ],
    ],
  ])('%s', (_, entries, expected) => {
    expect(approversOf(...entries)).toEqual(expected);
  });

  it('are shown in the report, with or without their replays', () => {
    const shown = (...entries: Entries) => {
      const events = holdsOf(...entries);
      return holdsSection(events, events).html.replaceAll(/<[^>]+>|\s+/g, ' ');
    };
    const words = (text: string) => text.replaceAll(/ +/g, ' ');
    expect(words(shown(HOLD, { approved: INTENT }))).toContain(
      `approved its replay is not in this log by ${ANN} operation op-1`,
    );
    expect(words(shown(HOLD, replay('intent'), { approved: INTENT }))).toMatch(
      /approved by AROAOPERATORS:ann \(arn:[^ ]+\) 2026-11-23 09:30:01.000, after 1.0 s, operation op-1 /,
    );
    expect(words(shown(HOLD, replay('intent', 'op-0'), replay('intent')))).toContain(
      `operation op-0 by ${arn} operation op-1`,
    );
    expect(words(shown(HOLD))).toContain('not approved');
  });
});
