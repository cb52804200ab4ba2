/** What the function `reconcile` is invoked with: by its schedules, or by an operator. */
import * as z from 'zod/mini';
import { instantMs } from '../../../events/instant.ts';

/** The problem names a field and what was expected, never the value. */
export class ReconcileRequestError extends Error {
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
const request = z.strictObject(
  {
    action: z.literal(['reconcile', 'attest', 'self-check'], ACTION),
    time: z.exactOptional(z.string(TIME).check(z.refine((text) => instantMs(text) !== undefined, TIME))),
    dryRun: z.exactOptional(z.boolean('expected true or false')),
  },
  'expected an object with action, time and dryRun',
);

/** Throws ReconcileRequestError (`request-invalid`). */
export function readReconcileRequest(value: unknown): ReconcileRequest {
  const parsed = z.safeParse(request, value);
  if (parsed.success) return parsed.data;
  const [{ path, message } = { path: [], message: '' }] = parsed.error.issues;
  throw new ReconcileRequestError([...path, message].join(': '));
}
