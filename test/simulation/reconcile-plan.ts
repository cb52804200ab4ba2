/** Runs of the reconciliation in a plan: amid everything, after everything, and when rows of events have expired. */
import { drawsOf } from './draws.ts';
import { PRINCIPALS } from './people.ts';
import { type Action, DAY, HOUR, type Plan } from './plan.ts';

const LATE = 3 * DAY;
/** Rows of events and reinstatements live for 400 days. */
const MUCH_LATER = 401 * DAY;

/** Adds runs to two plans of three. Their draws come from a separate stream. */
export function withReconciliation(plan: Plan): Plan {
  const { likely, upTo } = drawsOf(`reconcile ${plan.seed}`);
  if (likely(0.33)) return plan;
  const run = (at: number): Action => ({ at, do: 'reconcile' });
  const again: readonly Action[] = PRINCIPALS.map((_, who) => ({
    at: MUCH_LATER - HOUR,
    do: 'create-keys',
    who,
    count: 1,
  }));
  const runs = [
    ...(likely(0.5) ? [run(upTo(2 * DAY))] : []),
    run(LATE + 2 * HOUR),
    ...(likely(0.3) ? [...again, run(MUCH_LATER)] : []),
  ];
  return {
    ...plan,
    terms: { ...plan.terms, reconcileLimit: likely(0.2) ? 1 : plan.terms.reconcileLimit },
    actions: [...plan.actions, ...runs].toSorted((one, other) => one.at - other.at),
  };
}
