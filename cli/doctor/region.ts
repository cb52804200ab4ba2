/** Whether the SDK of AWS has a region. Its error for a missing one has no name of its own: each command would only say "Error". */
import { AdapterError } from '../../lib/io/aws/sdk.ts';
import type { Failure } from '../failure.ts';
import { createQueueDesk } from '../io/queue-admin.ts';

/** This machine refuses it at once; credentials are given, so that none are looked for. */
const NOWHERE = 'http://127.0.0.1:9';
const PROBE = {
  endpoint: NOWHERE,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  maxAttempts: 1,
};

const PLAIN_REGION = /^[a-z0-9][a-z0-9-]{1,62}$/;
const NAMELESS = 'Error';

export const REGION_NEXT = "set AWS_REGION to the stack's region, or give your profile in ~/.aws/config a `region`";

/**
 * Takes the environment; resolves with whether there is a region. Where AWS_REGION does not say, the SDK itself is asked:
 * it may have one from a profile, or from the machine that it runs on.
 */
export async function hasRegion(env: NodeJS.ProcessEnv): Promise<boolean> {
  if (PLAIN_REGION.test(env.AWS_REGION ?? '')) return true;
  try {
    await createQueueDesk(PROBE).state(`${NOWHERE}/0/region`);
    return true;
  } catch (error) {
    return !(error instanceof AdapterError && error.detail === NAMELESS);
  }
}

/** Codes of failures that a missing region may be behind. */
const MAY_LACK_REGION: ReadonlySet<string> = new Set([
  'queue-unavailable',
  'letters-unavailable',
  'ledger-unavailable',
  'token-unavailable',
  'internal',
]);

/** Takes a failure and the environment; resolves with the failure, or with `region-missing` where that is what is behind it. */
export async function orRegionMissing(failure: Failure, env: NodeJS.ProcessEnv): Promise<Failure> {
  if (!MAY_LACK_REGION.has(failure.code) || (await hasRegion(env))) return failure;
  return { code: 'region-missing', message: 'AWS cannot be asked: no region is set', next: REGION_NEXT, exitCode: 2 };
}
