/** How long one call takes that has the API to itself. */
import { MINIMUM } from './contestants.ts';
import type { Lab } from './lab.ts';
import type { Bench } from './scenario.ts';
import { median } from './statistics.ts';

/** Invocations of one record; the first ones load, connect and compile. */
const [PROBES, COLD] = [40, 5];

/** Takes a lab; returns the p50 of a single call in ms, by the hand-written minimum. NaN when it gave no answer. */
export async function singleCallMs(lab: Lab, { field }: Bench): Promise<number> {
  const [minimum] = field.find(MINIMUM);
  const probe = minimum && (await lab.measure(minimum, { batches: Array<number>(PROBES).fill(1) }));
  return median(probe?.invocations.slice(COLD).map((each) => each.endedAt - each.startedAt) ?? []);
}
