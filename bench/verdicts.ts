/** Whether a goal is met. Pure. */

export type Verdict = 'met' | 'not met' | 'void';

export interface Goal {
  readonly figure: string;
  readonly bound: { readonly most: number } | { readonly least: number };
  readonly value: number;
  /** A count or a size, which noise does not affect. */
  readonly exact?: true;
}

export interface JudgedGoal extends Goal {
  readonly verdict: Verdict;
}

/** The largest accepted distance from 1 of the ratio of two equal contestants. */
const NOISE = 0.08;

/** True where the run was too noisy to prove anything. */
export const isVoid = (twinRatio: number | undefined): boolean =>
  twinRatio !== undefined && !(Math.abs(twinRatio - 1) <= NOISE);

/** `twinRatio`: undefined where none was measured. NaN is not met. */
export function judgeGoal(goal: Goal, twinRatio: number | undefined): JudgedGoal {
  if (goal.exact === undefined && isVoid(twinRatio)) return { ...goal, verdict: 'void' };
  const met = 'most' in goal.bound ? goal.value <= goal.bound.most : goal.value >= goal.bound.least;
  return { ...goal, verdict: met ? 'met' : 'not met' };
}
