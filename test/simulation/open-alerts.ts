/** Alerts at their scanner: one for each key of the beginning. */
import { type MemoryAlerts, memoryAlerts } from '../support/memory-alerts.ts';
import { CANARY } from './bodies.ts';
import { alertRef, keyId } from './people.ts';

/** Open alerts about the initial keys. */
export function openAlerts(keys: readonly number[]): MemoryAlerts {
  const alerts = memoryAlerts();
  keys.forEach((count, who) => {
    for (let nth = 0; nth < count; nth += 1) {
      alerts.known.set(alertRef(who, nth), { secret: `${keyId(who, nth)}:${CANARY}`, state: 'open' });
    }
  });
  return alerts;
}
