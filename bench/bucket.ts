/** The API's limit: a token bucket. Pure but for what it remembers. */
import type { Rate } from './api.ts';

/** Takes the limit and now (ms); returns a function of the time (ms) that says whether one more call is let through. */
export function createBucket({ perSecond, burst }: Rate, startedAt: number): (at: number) => boolean {
  let tokens = burst;
  let last = startedAt;
  return (at) => {
    tokens = Math.min(burst, tokens + ((at - last) * perSecond) / 1_000);
    last = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
