/** Fakes for the safety checks: protections, and a clock that tests move. */
import { hash } from 'node:crypto';
import { accessKeyId, principalName } from '../../events/ids.ts';
import type { Protection } from '../../lib/model/settings.ts';
import type { Clock } from '../../lib/ports.ts';

export const sha256 = (text: string): string => hash('sha256', text);

/** A protection of a principal, or of a key, by the form of its name. */
export const protect = (name: string, until?: number): Protection => ({
  target: name.startsWith('CW')
    ? { accessKeyId: accessKeyId.parse(name) }
    : { principalName: principalName.parse(name) },
  owner: 'platform',
  reason: 'backups',
  ...(until === undefined ? {} : { until }),
});

/**
 * A clock whose waits take no time but their own. One that can be aborted, the wait for an invocation's end, lasts
 * until it is.
 */
export const movableClock = (time: { now: number }): Clock => ({
  now: () => time.now,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal === undefined) time.now += ms;
      if (signal === undefined || signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    }),
});
