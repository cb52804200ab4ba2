/** Batches of messages, delivered to one instance in virtual time. */
import { EVENT_MS } from './event-factory.ts';
import { type FunctionOptions, startFunction } from './memory-function.ts';
import { type Outside, openOutside } from './memory-ports.ts';
import { deadLettersOf } from './memory-views.ts';
import { type Arrival, sqsRecords } from './record-factory.ts';

/** Delivers messages to one instance, one batch for each list of them. */
export async function deliverBatches(
  batches: readonly (readonly unknown[])[],
  { prepare = () => {}, ...options }: FunctionOptions & Arrival & { prepare?: (outside: Outside) => unknown } = {},
) {
  const outside = openOutside(EVENT_MS);
  prepare(outside);
  const instance = startFunction(outside, options);
  for (const bodies of batches) await instance.deliver(sqsRecords(bodies, options));
  const records = outside.audit.map((record) => JSON.parse(JSON.stringify(record)));
  return { outside, deadLetters: deadLettersOf(outside), records };
}
