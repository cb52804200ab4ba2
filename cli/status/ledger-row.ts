/** How the ledger row of an event is shown. */
import type { Approval } from '../../lib/ledger/approval.ts';
import type { EventRow } from '../../lib/ledger/event-row.ts';
import type { Json } from '../../lib/model/json.ts';
import { ownerOfArn } from '../../lib/model/replay-codes.ts';
import { pluralize } from '../../terminal/format.ts';
import { bold, dim, formatFields, type Line } from '../../terminal/lines.ts';
import { describeApprover } from '../audit/approval-uses.ts';

const instant = (ms: number): string => new Date(ms).toISOString();

/** Times are in RFC 3339. */
export function toRowJson({ state, principals, fence, late, leaseUntil, dueAt, approvals }: EventRow): Json {
  return {
    state,
    principals,
    fence: fence ?? [],
    late,
    leaseUntil: leaseUntil === 0 ? null : instant(leaseUntil),
    ...(dueAt === undefined ? {} : { dueAt: instant(dueAt) }),
    ...(approvals === undefined ? {} : { approvals: approvals.map((each) => ({ ...each, claimed: isClaimed(each) })) }),
  };
}

const isClaimed = ({ operator, userId }: Approval): boolean => ownerOfArn(operator, userId) !== 'proven';

const MEANINGS: Readonly<Record<EventRow['state'], string>> = {
  open: 'in progress, or waiting for a retry',
  done: 'settled; a repeat would be a duplicate',
  scheduled: 'waiting for its effective date',
  held: 'a safety check held it: it became a dead letter',
  dead: 'it became a dead letter',
};

export function toRowFields(
  { state, principals, fence, leaseUntil, dueAt, approvals = [] }: EventRow,
  now: number,
): readonly Line[] {
  return formatFields(
    [
      ['state', bold(state), dim(`, ${MEANINGS[state]}`)],
      ['principals', principals.join(' ') || dim('none yet')],
      ['key snapshot', fence === undefined ? dim('not listed yet') : pluralize(fence.length, 'key')],
      ...(leaseUntil > now ? ([['lease', `until ${instant(leaseUntil)}`]] as const) : []),
      ...(dueAt === undefined ? [] : ([['due', instant(dueAt)]] as const)),
      ...approvals.map((each) => {
        const check = each.check === undefined ? '' : ` (${each.check})`;
        return [
          'approved',
          `${each.reason}${check} by ${describeApprover({ ...each, claimed: isClaimed(each) })}`,
        ] as const;
      }),
    ],
    '  ',
  );
}
