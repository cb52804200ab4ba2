/** The Retry-After headers that the simulated API sends. */
import { CANARY } from './bodies.ts';
import type { Draws } from './draws.ts';

/** The headers, and what they ask for in seconds, up to the 900 that count. */
export interface Asked {
  readonly retryAfter?: string;
  readonly date?: string;
  readonly waitS?: number;
}

/** Every form that the header takes, and forms that it must not take. (RFC 9110 §10.2.3) */
export function retryAfter({ pick, upTo }: Draws, now: number): Asked {
  const at = (ms: number): string => new Date(now + ms).toUTCString();
  const [skewMs, seconds] = [(upTo(3) - 1) * 600_000, upTo(300)];
  return pick<Asked>([
    {},
    { retryAfter: '0' },
    { retryAfter: '1', waitS: 1 },
    { retryAfter: String(seconds), waitS: seconds },
    { retryAfter: '99999999', waitS: 900 },
    // A date has no fractions of a second.
    { retryAfter: at(40_000), waitS: 38 },
    { retryAfter: at(40_000 + skewMs), date: at(skewMs), waitS: 39 },
    { retryAfter: at(-60_000) },
    { retryAfter: ' 5 ' },
    { retryAfter: '-1' },
    { retryAfter: '0x10' },
    { retryAfter: '1e9' },
    { retryAfter: `soon ${CANARY}` },
  ]);
}
