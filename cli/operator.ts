/** Who runs a command: by AWS where STS answers, else by name, which is not verified. */
import { userInfo } from 'node:os';
import type { Operator } from '../lib/model/replay-codes.ts';
import { getCaller } from './io/caller-identity.ts';

/** Replaced by `-` in names. */
const NOT_PRINTABLE = /[^\x21-\x7e]+/g;

/** The given name, or the name of the system user. */
function claimedOperatorName(given: string | undefined): string {
  const name = (given ?? systemUser()).replace(NOT_PRINTABLE, '-').slice(0, 128);
  return name === '' ? 'unknown' : name;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in some containers.
    return 'unknown';
  }
}

export async function identifyOperator(given: string | undefined): Promise<Operator> {
  const name = claimedOperatorName(given);
  const caller = await getCaller();
  if (caller === undefined) return { name, claimed: true };
  const { arn, userId } = caller;
  return { name, arn, ...(userId === undefined ? {} : { userId }), claimed: false };
}

/** The `source` of events that an operator sends. */
export const operatorSource = (given: string | undefined): string => `//revoker.cli/${claimedOperatorName(given)}`;
