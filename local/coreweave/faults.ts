/** Faults that a test plans for calls to the fake API: data, built by the constructors in `fault`. */
import type { ApiRequest } from '../../lib/coreweave/api.ts';
import { type Answer, type BodyKind, plannedAnswer } from './status.ts';

/** Which API call a request was, or that the API has no such call. */
export type Call = ApiRequest['call'] | 'set-status' | 'unknown';

/** How the response reaches the client. `cut`: half of the body, then the connection breaks. */
export type Delivery =
  | { readonly kind: 'headers-after' | 'body-after'; readonly ms: number }
  | { readonly kind: 'hang' | 'reset' | 'cut' };

export interface Fault {
  /** `skipped`: the call has no effect. `firstKeys`: a revocation stops after so many keys. */
  readonly effect: 'applied' | 'skipped' | { readonly firstKeys: number };
  /** The keys that this call revokes have their old status for so many reads each, in lists too. */
  readonly lagReads?: number;
  /** Instead of the true response. */
  readonly answer?: Answer;
  readonly delivery?: Delivery;
}

type Effect = 'applied' | 'skipped';

export const fault = {
  /** That status without effect. `retryAfter` is sent unchanged: seconds, a date, or an invalid value. */
  status: (status: number, { body = 'status', retryAfter, effect = 'skipped' }: StatusOptions = {}): Fault => ({
    effect,
    answer: plannedAnswer(status, body, retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  }),
  /** A redirection without effect; 307 asks to repeat the POST there. */
  redirect: (location: string, status = 307): Fault => ({
    effect: 'skipped',
    answer: plannedAnswer(status, 'empty', { location }),
  }),
  /** 200 with a meaningless body, after the effect. `status`: an error body under 200. */
  garbled: (body: BodyKind, effect: Effect = 'applied'): Fault => ({ effect, answer: plannedAnswer(200, body) }),
  /** The true response, with late headers. */
  slowHeaders: (ms: number): Fault => ({ effect: 'applied', delivery: { kind: 'headers-after', ms } }),
  /** The true response, with a late body. */
  slowBody: (ms: number): Fault => ({ effect: 'applied', delivery: { kind: 'body-after', ms } }),
  /** No response. */
  hang: (effect: Effect = 'skipped'): Fault => ({ effect, delivery: { kind: 'hang' } }),
  /** The connection breaks, before the call took effect or after it (a lost response). */
  reset: (when: 'before' | 'after'): Fault => ({
    effect: when === 'before' ? 'skipped' : 'applied',
    delivery: { kind: 'reset' },
  }),
  /** The true response, cut in the middle of its body. */
  cut: (): Fault => ({ effect: 'applied', delivery: { kind: 'cut' } }),
  /** A principal's first keys are revoked, then the call fails. */
  partial: (firstKeys: number, status = 500): Fault => ({
    effect: { firstKeys },
    answer: plannedAnswer(status, 'status'),
  }),
  /** The revocation becomes visible late. */
  lag: (lagReads: number): Fault => ({ effect: 'applied', lagReads }),
};

export interface StatusOptions {
  readonly body?: BodyKind;
  readonly retryAfter?: string;
  readonly effect?: Effect;
}

/** Which requests a fault affects: of those that match, `skip` pass and the next `times` are affected. */
export interface Only {
  /** Key id or principal. Absent: requests about any of them match. */
  readonly target?: string;
  readonly skip?: number;
  readonly times?: number;
}

export interface Faults {
  /** Plans a fault for the next call of that kind (`any`: whichever). Earlier plans come first. */
  plan(call: Call | 'any', fault: Fault, only?: Only): void;
  /** The fault for this call, which counts as used; undefined if none is planned. */
  take(call: Call, target: string | undefined): Fault | undefined;
  /** Deletes all plans. */
  clear(): void;
}

/** A request counts for each plan that it matches, until one affects it. */
export const planFaults = (): Faults => {
  let plans: { call: Call | 'any'; target: string | undefined; fault: Fault; skip: number; left: number }[] = [];
  return {
    plan(call, planned, { target, skip = 0, times = 1 } = {}) {
      plans.push({ call, target, fault: planned, skip, left: times });
    },
    take(call, target) {
      for (const plan of plans) {
        const fits = (plan.call === 'any' || plan.call === call) && (plan.target ?? target) === target;
        if (!fits) continue;
        if (plan.skip > 0) {
          plan.skip -= 1;
          continue;
        }
        plan.left -= 1;
        if (plan.left <= 0) plans = plans.filter((other) => other !== plan);
        return plan.fault;
      }
      return undefined;
    },
    clear() {
      plans = [];
    },
  };
};
