/** How long the API token still lives. No API tells, so that the day counts on which it was stored. */

const DAY_MS = 86_400_000;

/** With fewer days left people are told: the alarm of deploy/alarms.yml and `revoker doctor`. */
export const TOKEN_WARNS_DAYS = 7;

/** Takes when the token was stored (epoch ms), how long it lives (ms) and the time (epoch ms); returns whole days, below 0 once it should have ended. */
export const tokenDaysLeft = (storedAt: number, lifeMs: number, now: number): number =>
  Math.floor((storedAt + lifeMs - now) / DAY_MS);
