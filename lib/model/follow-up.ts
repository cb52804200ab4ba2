/** Follow-up checks of a revocation: three, each later than the one before. */

export type CheckGeneration = 1 | 2 | 3;

/** `source` of the events that ask for a check. Contract. */
export const FOLLOW_UP_SOURCE = '//revocation-handler/follow-up';

/** Seconds from the verification before to the check of each generation. */
export const FOLLOW_UP_DELAYS_S: Readonly<Record<CheckGeneration, number>> = { 1: 60, 2: 300, 3: 900 };

/** Clocks differ, and a check that comes a moment early must not wait for a whole backoff. */
const CLOCK_SLACK_S = 5;

/**
 * Seconds until a check is due that was sent at `sentAt` (epoch ms); 0: now. Its own delay counts, not what the message
 * was sent with: checks of all generations that come at once must not use up the real ones.
 */
export function secondsUntilDue(generation: CheckGeneration, sentAt: number, now: number): number {
  const seconds = Math.ceil(FOLLOW_UP_DELAYS_S[generation] - (now - sentAt) / 1_000);
  return seconds <= CLOCK_SLACK_S ? 0 : Math.min(seconds, FOLLOW_UP_DELAYS_S[generation]);
}

/** Seconds from the revocation to the check of a generation. */
export const followUpAfterS = (generation: CheckGeneration): number =>
  GENERATIONS.filter((each) => each <= generation).reduce((sum, each) => sum + FOLLOW_UP_DELAYS_S[each], 0);

const GENERATIONS: readonly CheckGeneration[] = [1, 2, 3];

/** Undefined: the third check is the last. */
export const nextGeneration = (generation: CheckGeneration): CheckGeneration | undefined => GENERATIONS[generation];

/** `1, 6 and 21 minutes`: when the checks run, for texts. */
export const FOLLOW_UP_TIMES = GENERATIONS.map((generation) => String(followUpAfterS(generation) / 60))
  .join(', ')
  .replace(/, (\d+)$/, ' and $1 minutes');
