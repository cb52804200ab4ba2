/** The scanner of alerts, which may be out of reach, also after it did what was asked. */
import type { AlertFailure, AlertName, Alerts } from '../../lib/model/alert.ts';
import { isLive } from './live.ts';
import { keyOfAlert } from './people.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

const OUT_OF_REACH: AlertFailure = { kind: 'unavailable', code: 'alerts-unavailable' };

export function alertsOf(world: World, process: Process): Alerts {
  const { alerts, clock, weather, history, store } = world;
  const on = <Answer>(told: string, timeoutMs: number, effect: () => Promise<Answer>): Promise<Answer | AlertFailure> =>
    process.step('alerts', told, async () => {
      const fault = weather.port('alerts');
      world.tell(process.name, `${told} ${fault ?? ''}`);
      if (fault === 'hangs') await clock.sleep(timeoutMs);
      if (fault === 'slow') await clock.sleep(timeoutMs / 2);
      if (fault === 'hangs' || fault === 'fails-before') return OUT_OF_REACH;
      const answer = await effect();
      return fault === 'fails-after' ? OUT_OF_REACH : answer;
    });
  const ref = ({ repository, number }: AlertName): string => `${repository}/${number}`;
  return {
    read: (name, timeoutMs) => on(`reads alert ${ref(name)}`, timeoutMs, () => alerts.read(name, timeoutMs)),
    locations: (name, timeoutMs) =>
      on(`reads locations of alert ${ref(name)}`, timeoutMs, () => alerts.locations(name, timeoutMs)),
    close: (name, timeoutMs) =>
      on(`closes alert ${ref(name)}`, timeoutMs, () => {
        const key = keyOfAlert(ref(name));
        history.closed.push({ ...world.moment(), process: process.name, key, isLive: isLive(store.status(key)) });
        return alerts.close(name, timeoutMs);
      }),
  };
}
