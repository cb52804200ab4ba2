/**
 * What the replay function is invoked with: read strictly, since a misspelled filter would select every dead letter.
 */
import * as z from 'zod/mini';
import { isApprovalKey } from '../../ledger/approvals.ts';
import { isReason, type Reason } from '../../model/reasons.ts';
import type { Operator } from '../../model/replay-codes.ts';
import { canMeanHolds, namesExactEvents, type ReplayFilter } from '../../model/replay-filter.ts';
import { duration } from '../config/parse.ts';

/** Each problem names a field and what was expected, never the value. */
class ReplayRequestError extends Error {
  override readonly name = 'ReplayRequestError';
  readonly code = 'request-invalid';

  constructor(problems: readonly string[]) {
    super(`request-invalid: ${problems.join('; ')}`);
  }
}

export interface InvokedReplay {
  readonly filter: ReplayFilter;
  readonly operator: Operator;
  readonly operationId?: string;
  /** Ledger keys of approvals that operators have stored. */
  readonly approvals?: readonly string[];
  /** Ends the run after so long. */
  readonly seconds?: number;
  readonly max?: number;
  readonly ratePerSecond?: number;
  readonly dryRun?: boolean;
  readonly approve?: boolean;
}

const expected = (text: string): string => `expected ${text}`;
const PRINTABLE = expected('1 to 512 printable ASCII characters');
const OPERATOR = expected('1 to 1024 printable ASCII characters');
const FLAG = expected('true or false');
const MAX = expected('an integer from 1 to 1000000');
const RATE = expected('a number from 0.1 to 1000');
const SECONDS = expected('a number from 1 to 840');
const OPERATION = expected('1 to 64 of A-Z, a-z, 0-9, _ and -');

const label = z.string(PRINTABLE).check(z.regex(/^[\x20-\x7e]{1,512}$/, PRINTABLE));
/** An ARN too: that of an IAM user has a path of up to 512 characters. (IAM user guide, IAM and STS quotas) */
const operator = z.string(OPERATOR).check(z.regex(/^[\x20-\x7e]{1,1024}$/, OPERATOR));
const reason = z.custom<Reason>(isReason, expected('one of the reasons for a dead letter'));

const IDS = expected('1 to 10000 message ids of dead letters');
const messageIds = z
  .array(z.string(IDS).check(z.regex(/^[\w-]{8,100}$/, IDS)), IDS)
  .check(z.minLength(1, IDS), z.maxLength(10_000, IDS));

const KEYS = expected('up to 20000 ledger keys of approvals, beside approve and messageIds');
const approvals = z.array(z.string(KEYS).check(z.refine(isApprovalKey, KEYS)), KEYS).check(z.maxLength(20_000, KEYS));

const age = z.pipe(
  z.string(expected('an ISO 8601 duration')),
  z.transform((text: string, context): number => {
    const parsed = duration('PT1S', 'P365D')(text);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: 'custom', message: expected(parsed.expected), input: undefined });
    return z.NEVER;
  }),
);

const request = z.strictObject(
  {
    reason: z.exactOptional(reason),
    source: z.exactOptional(label),
    lane: z.exactOptional(z.literal(['urgent', 'bulk'], expected('urgent or bulk'))),
    eventType: z.exactOptional(label),
    eventId: z.exactOptional(label),
    messageIds: z.exactOptional(messageIds),
    olderThan: z.exactOptional(age),
    newerThan: z.exactOptional(age),
    max: z.exactOptional(z.int(MAX).check(z.minimum(1, MAX), z.maximum(1_000_000, MAX))),
    ratePerSecond: z.exactOptional(z.number(RATE).check(z.minimum(0.1, RATE), z.maximum(1_000, RATE))),
    dryRun: z.exactOptional(z.boolean(FLAG)),
    approve: z.exactOptional(z.boolean(FLAG)),
    approvals: z.exactOptional(approvals),
    seconds: z.exactOptional(z.number(SECONDS).check(z.minimum(1, SECONDS), z.maximum(840, SECONDS))),
    operationId: z.exactOptional(z.string(OPERATION).check(z.regex(/^[\w-]{1,64}$/, OPERATION))),
    operator,
  },
  expected(
    'an object with reason, source, lane, eventType, eventId, messageIds, olderThan, newerThan, max, ratePerSecond, ' +
      'dryRun, approve, approvals, seconds, operationId, operator',
  ),
);

/**
 * `olderThan` and `newerThan` are ISO 8601 durations, read as ages in ms. The operator's name is unverified: Lambda
 * does not say who invoked the function. Throws ReplayRequestError (`request-invalid`) with all problems at once.
 */
export function readReplayRequest(value: unknown): InvokedReplay {
  const parsed = z.safeParse(request, value);
  if (!parsed.success) {
    throw new ReplayRequestError(parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')));
  }
  const { operator, max, ratePerSecond, dryRun, approve, approvals, seconds, operationId, ...filter } = parsed.data;
  if (approve && !dryRun && canMeanHolds(filter) && !namesExactEvents(filter)) {
    throw new ReplayRequestError([
      'messageIds, or source and eventId: expected beside approve, which covers the events that the operator saw',
    ]);
  }
  if (approvals !== undefined && !(approve && filter.messageIds !== undefined)) {
    throw new ReplayRequestError([`approvals: ${KEYS}`]);
  }
  return {
    filter,
    operator: { name: operator, claimed: true },
    ...(approvals === undefined ? {} : { approvals }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(operationId === undefined ? {} : { operationId }),
    ...(max === undefined ? {} : { max }),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(approve === undefined ? {} : { approve }),
  };
}
