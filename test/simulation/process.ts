/**
 * One process: every step that it takes at a port may fail, wait, hang, or be its last. Frozen between invocations, as
 * on Lambda.
 */
import type { Clock } from '../../lib/ports.ts';
import { CANARY } from './bodies.ts';
import type { PortName } from './plan.ts';
import type { World } from './world.ts';

export interface Process {
  readonly name: string;
  readonly alive: () => boolean;
  /** Resolves when it has died. */
  readonly died: Promise<void>;
  end(how: string): void;
  /** While it is frozen no step of it goes on, and it does not see that a timer has ended. */
  freeze(): void;
  thaw(): void;
  /** As Clock.sleep. */
  sleep: Clock['sleep'];
  /** Takes a step at a port; `api` and `alerts` have their own faults, as they never reject. */
  step<T>(port: PortName | 'api', told: string, effect: () => T | Promise<T>): Promise<T>;
  /** Steps that have begun and not ended. */
  pending(): number;
}

/** What a port may reject with. Its words must go nowhere. */
class PortLost extends Error {
  override readonly name = 'PortLost';
  readonly code = 'lost';
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

/** Starts a process. */
export function startProcess(world: World, name: string): Process {
  const { clock, weather, history, plan } = world;
  const draws = world.draws(`process ${name}`);
  const death = Promise.withResolvers<void>();
  let isAlive = true;
  let thawed: PromiseWithResolvers<void> | undefined;
  let pending = 0;

  const end = (how: string): void => {
    if (!isAlive) return;
    isAlive = false;
    history.died.set(name, world.moment());
    world.tell(name, how);
    death.resolve();
  };
  const isLast = (step: number, moment: 'before' | 'after'): boolean =>
    plan.deaths.some((planned) => planned.step === step && planned.moment === moment) || weather.kills();
  /** Resolves when the process may continue; never after a crash. */
  const goesOn = async (): Promise<void> => {
    if (!isAlive) return never();
    if (thawed !== undefined) await thawed.promise;
    if (!isAlive) return never();
  };

  const take = async <T>(port: PortName | 'api', told: string, effect: () => T | Promise<T>): Promise<T> => {
    await goesOn();
    world.steps.count += 1;
    const step = world.steps.count;
    if (isLast(step, 'before')) {
      end(`dies before ${told}`);
      return never();
    }
    const fault = port === 'api' || port === 'alerts' ? undefined : weather.port(port);
    if (fault !== undefined) world.tell(name, `${told}: ${fault}`);
    if (fault === 'hangs') return never();
    if (fault === 'slow') await clock.sleep(draws.upTo(8_000)).then(goesOn);
    if (fault === 'fails-before') throw new PortLost(CANARY);
    const result = await effect();
    await goesOn();
    if (isLast(step, 'after')) {
      end(`dies after ${told}`);
      return never();
    }
    if (fault === 'fails-after') throw new PortLost(CANARY);
    return result;
  };

  return {
    name,
    alive: () => isAlive,
    died: death.promise,
    end,
    freeze: () => {
      thawed ??= Promise.withResolvers();
    },
    thaw() {
      thawed?.resolve();
      thawed = undefined;
    },
    sleep: (ms, signal) => clock.sleep(ms, signal).then(goesOn),
    async step(port, told, effect) {
      pending += 1;
      const result = await take(port, told, effect).finally(() => {
        pending -= 1;
      });
      return result;
    },
    pending: () => pending,
  };
}
