/**
 * A plan that breaks a promise, made as small as it can be while it still breaks it: fewer events, fewer faults,
 * plainer terms.
 */
import type { Promised } from './check/facts.ts';
import type { ControlName } from './controls.ts';
import { type Action, DEPLOYED, type Fault, type Plan } from './plan.ts';
import { liveAndCheck } from './seeds.ts';

/** Lives that a shrinking may take. */
const MOST_TRIES = 600;

export interface Shrunk {
  readonly plan: Plan;
  readonly tries: number;
}

/** The smallest plan found that breaks the same promise. */
export async function shrink(plan: Plan, promise: Promised, without?: ControlName): Promise<Shrunk> {
  let [best, tries] = [plan, 0];
  const isBroken = async (tried: Plan): Promise<boolean> => {
    if (tries >= MOST_TRIES) return false;
    tries += 1;
    // A life that stands still has no end either.
    const violations = await liveAndCheck(tried, without).then(
      (lived) => lived.violations.map((violation) => violation.promise),
      () => ['endless'],
    );
    return violations.includes(promise);
  };
  for (let before = Number.POSITIVE_INFINITY; sizeOf(best) < before; ) {
    before = sizeOf(best);
    for (const smaller of smallerThan(best)) {
      if (sizeOf(smaller(best)) < sizeOf(best) && (await isBroken(smaller(best)))) best = smaller(best);
    }
  }
  return { plan: best, tries };
}

/** Each thing in a plan counts one, and each term that is not as deployed. */
const sizeOf = ({ actions, faults, terms }: Plan): number =>
  actions.reduce((sum, action) => sum + (action.do === 'send' ? 1 + action.message.events.length : 1), 0) +
  faults.length +
  Object.entries(terms).filter(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(new Map<string, unknown>(Object.entries(DEPLOYED)).get(name)),
  ).length;

type Smaller = (plan: Plan) => Plan;

/** Ways to make a plan smaller: halves first, then one by one. What was left out already changes nothing. */
function smallerThan({ actions, faults, terms }: Plan): readonly Smaller[] {
  const without =
    (gone: readonly Action[]): Smaller =>
    (plan) => ({ ...plan, actions: plan.actions.filter((action) => !gone.includes(action)) });
  const calm =
    (gone: readonly Fault[]): Smaller =>
    (plan) => ({ ...plan, faults: plan.faults.filter((fault) => !gone.includes(fault)) });
  const half = Math.ceil(actions.length / 2);
  const plain = Object.entries(DEPLOYED).map(
    ([name, value]): Smaller =>
      (plan) => ({ ...plan, terms: { ...plan.terms, [name]: value } }),
  );
  return [
    without(actions.slice(half)),
    without(actions.slice(0, half)),
    calm(faults),
    ...faults.map((fault) => calm([fault])),
    ...actions.map((action) => without([action])),
    ...actions.flatMap(withFewerEvents),
    ...(terms === DEPLOYED ? [] : plain),
  ];
}

/** A message of several events, with each of them left out. */
const withFewerEvents = (action: Action): readonly Smaller[] =>
  action.do !== 'send' || action.message.events.length < 2
    ? []
    : action.message.events.map(
        (gone): Smaller =>
          (plan) => ({
            ...plan,
            actions: plan.actions.map((each) => {
              if (each.do !== 'send' || !each.message.events.includes(gone) || each.message.events.length < 2)
                return each;
              return {
                ...each,
                message: { ...each.message, events: each.message.events.filter((event) => event !== gone) },
              };
            }),
          }),
      );
