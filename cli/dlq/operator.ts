/** Who is at work: by AWS' word where it can be had, else by their own. */
import { userInfo } from 'node:os';
import type { Operator } from '../../lib/model/replay-codes.ts';
import { callerArn } from './caller-identity.ts';

/** What a name may be made of; the rest becomes `-`. */
const OUTSIDE = /[^\x21-\x7e]+/g;

/** Takes the name that was given, if any; returns the operator's own word: that, or the name of the system's user. */
export function claimedName(given: string | undefined): string {
  const name = (given ?? systemUser()).replace(OUTSIDE, '-').slice(0, 128);
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

/** Takes the name that was given, if any; resolves with who is at work, as STS and they themselves say. */
export async function operatorOf(given: string | undefined): Promise<Operator> {
  const name = claimedName(given);
  const arn = await callerArn();
  return arn === undefined ? { name, claimed: true } : { name, arn, claimed: false };
}
