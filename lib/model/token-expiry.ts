/**
 * When the API token expires. No API reports it, so expiry is calculated from the date on which the token was stored.
 */

const DAY_MS = 86_400_000;

/** Below this, the alarm of deploy/alarms.yml and `revoker doctor` warn. */
export const TOKEN_WARNING_DAYS = 7;

/** `storedAt` and `now` in epoch ms. Whole days; below 0 once the token should have expired. */
export const tokenDaysLeft = (storedAt: number, lifetimeMs: number, now: number): number =>
  Math.floor((storedAt + lifetimeMs - now) / DAY_MS);
