/**
 * The `Schedules` port in memory, no kinder than EventBridge Scheduler: test/lib/io/aws/scheduler.test.ts holds both to
 * the same cases.
 */
import type { Schedules } from '../../lib/ports.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';

export interface MemorySchedules extends Schedules {
  /** Delivers each schedule that is due at `now` (epoch ms) and forgets it; returns how many the target took. */
  fireDue(now: number): Promise<number>;
  /** Names of the stored schedules, oldest first. */
  names(): readonly string[];
}

export interface MemorySchedulesOptions {
  /** Puts a body on the bulk queue. */
  readonly deliver: (body: string) => Promise<void>;
  /** Asked before each call; true: the call rejects without effect, as when the service cannot be reached. */
  readonly isDown?: () => boolean;
}

const NAME = /^[0-9a-zA-Z_.-]{1,64}$/;
const MINUTE_MS = 60_000;
const MAX_BYTES = 262_144;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59);

const refused = (why: string) => new AdapterError('schedules-refused', why);

const checkName = (name: string): void => {
  if (!NAME.test(name)) throw refused('the name is not 1 to 64 of 0-9 a-z A-Z - _ .');
};

/** Starts without schedules. A body that cannot be delivered stays. */
export const memorySchedules = ({ deliver, isDown = () => false }: MemorySchedulesOptions): MemorySchedules => {
  const stored = new Map<string, { readonly due: number; readonly body: string }>();

  const reached = async (): Promise<void> => {
    await Promise.resolve();
    if (isDown()) throw new AdapterError('schedules-unavailable', 'TimeoutError');
  };
  const fire = async (name: string, body: string): Promise<boolean> => {
    try {
      await deliver(body);
    } catch {
      return false;
    }
    return stored.delete(name);
  };

  return {
    async create({ name, at, body: text }) {
      checkName(name);
      const due = Math.ceil(at / MINUTE_MS) * MINUTE_MS;
      const body = text.replaceAll('<', '\\u003c');
      if (!(due >= 0 && due <= LAST_MS)) throw refused('time out of range');
      if (body === '' || Buffer.byteLength(body) > MAX_BYTES) throw refused('size of body');
      await reached();
      if (stored.has(name)) return 'exists';
      stored.set(name, { due, body });
      return 'created';
    },
    async remove(name) {
      checkName(name);
      await reached();
      return stored.delete(name) ? 'removed' : 'absent';
    },
    async fireDue(now) {
      const due = [...stored].filter(([, schedule]) => schedule.due <= now);
      const fired = await Promise.all(due.map(([name, { body }]) => fire(name, body)));
      return fired.filter((wasDelivered) => wasDelivered).length;
    },
    names: () => [...stored.keys()],
  };
};
