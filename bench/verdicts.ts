/** Whether a goal was met. Pure. */

export type Verdict = 'met' | 'not met' | 'void';

export interface Goal {
  readonly figure: string;
  readonly bound: { readonly most: number } | { readonly least: number };
  readonly value: number;
  /** A count or a size: noise has no part in it. */
  readonly exact?: true;
}

export interface JudgedGoal extends Goal {
  readonly verdict: Verdict;
}

/** How far from 1 the ratio of two equal things may be. */
const NOISE = 0.08;

/** Takes the ratio of a thing to its twin; returns whether the run was too noisy to tell anything. */
export const isVoid = (twinRatio: number | undefined): boolean =>
  twinRatio !== undefined && !(Math.abs(twinRatio - 1) <= NOISE);

/**
 * Takes a goal and the run's ratio of twins (undefined: none was measured); returns the goal with its verdict. A
 * value that is no number is not met.
 */
export function judgeGoal(goal: Goal, twinRatio: number | undefined): JudgedGoal {
  if (goal.exact === undefined && isVoid(twinRatio)) return { ...goal, verdict: 'void' };
  const met = 'most' in goal.bound ? goal.value <= goal.bound.most : goal.value >= goal.bound.least;
  return { ...goal, verdict: met ? 'met' : 'not met' };
}
