/** A value that is loaded from outside and loaded again as it ages: secrets of senders, and keys of issuers. */
import { withTimeout } from './node.ts';

/** The age in ms at which a value is loaded again. */
const MAX_AGE_MS = 300_000;
/**
 * Shortest time, in ms, between a load and another one after a failed proof: forged requests must not overload the
 * store.
 */
const RENEW_PAUSE_MS = 30_000;
/** Pause after a failed load, in ms. */
const FAILURE_PAUSE_MS = 5_000;
/** Longest age, in ms, of a value that is used while the store fails or hangs. */
const MAX_STALE_MS = 86_400_000;

export interface RenewableOptions<T> {
  /** Resolves to the value; to the one that it is given if nothing has changed. */
  readonly load: (held: T | undefined) => Promise<T>;
  /** Epoch ms. */
  readonly now: () => number;
  /** How long a caller waits for a load, in ms, if a value is there. */
  readonly maxWaitMs: number;
}

/** `resting`: not asked, since a load succeeded less than 30 s ago; `failed`: a load did, now or less than 30 s ago. */
export type Renewal<T> =
  | { readonly kind: 'changed'; readonly value: T }
  | { readonly kind: 'same' | 'resting' | 'failed' };

export interface Renewable<T> {
  /** Rejects as `load` does, if there is no value that may serve. */
  current(): Promise<T>;
  /** Loads the value again, at most every 30 s. Never rejects. */
  renew(): Promise<Renewal<T>>;
}

/** At most one load is under way; all callers share it. Once loaded, a value serves for a day while loads fail. */
export const createRenewable = <T>({ load, now, maxWaitMs }: RenewableOptions<T>): Renewable<T> => {
  let held: { readonly value: T; readonly loadedAt: number } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: { readonly error: unknown } | undefined;
  let loading: Promise<T> | undefined;

  const reload = async (): Promise<T> => {
    triedAt = now();
    try {
      const value = await load(held?.value);
      held = { value, loadedAt: now() };
      failure = undefined;
      return value;
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  const shared = (): Promise<T> => {
    loading ??= reload().finally(() => {
      loading = undefined;
    });
    return loading;
  };

  return {
    async current() {
      const rests = now() - triedAt < (failure === undefined ? MAX_AGE_MS : FAILURE_PAUSE_MS);
      const usable = held !== undefined && now() - held.loadedAt < MAX_STALE_MS ? held : undefined;
      if (usable === undefined) return failure !== undefined && rests ? Promise.reject(failure.error) : shared();
      // A load that is under way has kept a request waiting already.
      if (loading !== undefined || rests) return usable.value;
      return (await withTimeout(shared(), maxWaitMs)) ?? usable.value;
    },
    async renew() {
      if (now() - triedAt < RENEW_PAUSE_MS) return { kind: failure === undefined ? 'resting' : 'failed' };
      const before = held?.value;
      const value = await withTimeout(shared(), maxWaitMs);
      if (value === undefined) return { kind: 'failed' };
      return value === before ? { kind: 'same' } : { kind: 'changed', value };
    },
  };
};
