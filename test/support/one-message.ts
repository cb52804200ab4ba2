/** One message, delivered to an instance of its own; every key that it names exists. */
import { REJECTED } from './api-answers.ts';
import { EVENT_MS, keyLeak } from './event-factory.ts';
import type { Script } from './memory-api.ts';
import { type FunctionOptions, startFunction } from './memory-function.ts';
import { openOutside } from './memory-ports.ts';
import { deadLettersOf, stepsOf } from './memory-views.ts';
import { type Arrival, sqsRecord } from './record-factory.ts';

export const keyOf = (n: number): string => `CWRECORD${String(n).padStart(6, '0')}`;
export const leak = (n: number) => keyLeak({ id: `leak-${n}`, data: { accessKeyId: keyOf(n) } });
export const reject: Script = () => ({ answer: REJECTED });

/** Delivers one message; every key that it names exists. */
export async function runMessage(
  body: unknown,
  { script, ...options }: Arrival & FunctionOptions & { readonly script?: Script } = {},
) {
  const outside = openOutside(EVENT_MS);
  for (let n = 0; n < 20; n += 1) outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
  if (script !== undefined) outside.api.play(script);
  const failed = await startFunction(outside, options).deliver([sqsRecord(0, body, options)]);
  return { outside, failed, deadLetters: deadLettersOf(outside), steps: stepsOf(outside) };
}
