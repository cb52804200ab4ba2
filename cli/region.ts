/** Detects a missing AWS region. The SDK's own error for it has no name, so that commands would only print "Error". */
import { AdapterError } from '../lib/runtime/adapter-error.ts';
import type { Failure } from './failure.ts';
import { createQueueAdmin } from './io/queue-admin.ts';

/** A port that refuses connections at once. */
const UNREACHABLE = 'http://127.0.0.1:9';
/** Has credentials, so that the SDK searches for none. */
const PROBE = {
  endpoint: UNREACHABLE,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  maxAttempts: 1,
};

const PLAIN_REGION = /^[a-z0-9][a-z0-9-]{1,62}$/;
/** The name of the SDK's error for a missing region. */
const NO_NAME = 'Error';

export const REGION_NEXT =
  "give --region or set AWS_REGION to the stack's region, or give your profile in ~/.aws/config a `region`";

/** Where AWS_REGION is not set, the SDK decides: it may know a region from a profile or from the instance metadata. */
export async function hasRegion(env: NodeJS.ProcessEnv): Promise<boolean> {
  if (PLAIN_REGION.test(env.AWS_REGION ?? '')) return true;
  try {
    await createQueueAdmin(PROBE).state(`${UNREACHABLE}/0/region`);
    return true;
  } catch (error) {
    return !(error instanceof AdapterError && error.detail === NO_NAME);
  }
}

/** Codes of failures that a missing region may cause. */
const MAY_LACK_REGION: ReadonlySet<string> = new Set([
  'queue-unavailable',
  'dead-letters-unavailable',
  'ledger-unavailable',
  'token-unavailable',
  'stack-unavailable',
  'internal',
]);

/** Returns `region-missing` in place of a failure that a missing region has caused. */
export async function explainMissingRegion(failure: Failure, env: NodeJS.ProcessEnv): Promise<Failure> {
  if (!MAY_LACK_REGION.has(failure.code) || (await hasRegion(env))) return failure;
  return { code: 'region-missing', message: 'AWS cannot be asked: no region is set', next: REGION_NEXT, exitCode: 2 };
}
