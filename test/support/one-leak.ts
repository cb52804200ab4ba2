/** One leaked key, delivered against a script of the API. */
import type { ApiResponse } from '../../lib/coreweave/api.ts';
import { OK } from './api-answers.ts';
import { EVENT_MS, KEY_ID, keyLeak } from './event-factory.ts';
import type { Script } from './memory-api.ts';
import { type FunctionOptions, startFunction } from './memory-function.ts';
import { openOutside } from './memory-ports.ts';
import { callsOf, stepsOf, trailOf } from './memory-views.ts';
import { sqsRecord } from './record-factory.ts';

/** Delivers one leak of a key that exists, against a script of the API; returns all that came of it. */
export async function revokeOne(script: Script, options: FunctionOptions & { readonly remainingMs?: number } = {}) {
  const outside = openOutside(EVENT_MS);
  outside.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
  outside.api.play(script);
  const { deliver } = startFunction(outside, options);
  const failed = await deliver([sqsRecord(0, keyLeak({ id: 'leak' }))], options.remainingMs);
  return {
    outside,
    failed,
    steps: stepsOf(outside).map((line) => line.replace(` ${KEY_ID}`, '')),
    calls: callsOf(outside, EVENT_MS).map((line) => line.replace(` ${KEY_ID}`, '')),
    trail: trailOf(outside, 'leak'),
  };
}

/** Answers each revocation in turn, the last one for ever; reads are the store's. */
export const posts =
  (...answers: readonly ApiResponse[]): Script =>
  ({ call }, nth) =>
    call === 'revoke-key' ? { answer: answers[Math.min(nth, answers.length) - 1] ?? OK } : {};
