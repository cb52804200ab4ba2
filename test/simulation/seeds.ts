/** One seed: its plan, lived through and checked. */
import { violationsOf } from './check/check.ts';
import type { Violation } from './check/facts.ts';
import { type ControlName, controlOf } from './controls.ts';
import { live } from './engine.ts';
import type { History } from './history.ts';
import type { Plan } from './plan.ts';

export interface Lived {
  readonly history: History;
  readonly violations: readonly Violation[];
}

/** Without a mechanism a life may go on for long. By then it has broken what it breaks. */
const MOST_STEPS_WITHOUT = 20_000;

/** Runs a plan and checks every promise. `without`: the mechanism to disable. */
export async function liveAndCheck(plan: Plan, without?: ControlName): Promise<Lived> {
  const history = without === undefined ? await live(plan) : await live(plan, controlOf(without), MOST_STEPS_WITHOUT);
  return { history, violations: violationsOf(history) };
}
