/** What the function `reconcile` is invoked with: by its schedules, or by an operator. */
import * as z from 'zod/mini';
import { instantMs } from '../../../events/instant.ts';

/** The problem names a field and what was expected, never the value. */
class ReconcileRequestError extends Error {
  override readonly name = 'ReconcileRequestError';
  readonly code = 'request-invalid';

  constructor(problem: string) {
    super(`request-invalid: ${problem}`);
  }
}

export interface ReconcileRequest {
  /** `reconcile`: a run, then the self-check. `attest`: the second listing. `self-check`: it alone. */
  readonly action: 'reconcile' | 'attest' | 'self-check';
  /** RFC 3339: the time for which the run was scheduled; absent: now. */
  readonly time?: string;
  readonly dryRun?: boolean;
}

const ACTION = 'expected reconcile, attest or self-check';
const TIME = 'expected an RFC 3339 time';
/**
 * Each day has a window of RECONCILE_LIMIT, so other days would give more than that. EventBridge retries for 24 hours,
 * and the window of yesterday exists that long.
 */
const MAX_AGE_MS = 86_400_000;
const MAX_AHEAD_MS = 300_000;
const NEAR = 'expected a time of the last 24 hours, for which a run is repeated; leave it out to begin a run now';
const request = z.strictObject(
  {
    action: z.literal(['reconcile', 'attest', 'self-check'], ACTION),
    time: z.exactOptional(z.string(TIME).check(z.refine((text) => instantMs(text) !== undefined, TIME))),
    dryRun: z.exactOptional(z.boolean('expected true or false')),
  },
  'expected an object with action, time and dryRun',
);

/** `now` in epoch ms. Throws ReconcileRequestError (`request-invalid`). */
export function readReconcileRequest(value: unknown, now: number): ReconcileRequest {
  const parsed = z.safeParse(request, value);
  if (parsed.success) {
    const { time } = parsed.data;
    if (time === undefined || isNear(instantMs(time) ?? Number.NaN, now)) return parsed.data;
    throw new ReconcileRequestError(`time: ${NEAR}`);
  }
  const [{ path, message } = { path: [], message: '' }] = parsed.error.issues;
  throw new ReconcileRequestError([...path, message].join(': '));
}

const isNear = (time: number, now: number): boolean => time >= now - MAX_AGE_MS && time <= now + MAX_AHEAD_MS;
