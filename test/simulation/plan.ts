/**
 * A history to be lived through, as plain data: what is said and done at which time, and what goes wrong meanwhile. All
 * times are in ms since the beginning (BEGINS, epoch ms). Plans can be made smaller by leaving out actions and faults.
 */
import type { KeyLimitSettings, Lane, Limits } from '../../lib/model/settings.ts';
import { EVENT_MS } from '../support/event-factory.ts';
import type { Hostile, Trust } from './senders.ts';

export const BEGINS = EVENT_MS;
export const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000] as const;

/** An event as its sender means it; `time`, `due`: ms since the beginning. */
export interface EventSpec {
  /** `alert`: a leak that names an alert, which names the key. */
  readonly kind: 'leak' | 'alert' | 'principal-leak' | 'offboarding' | 'rehire';
  readonly id: string;
  /** Index into SOURCES. */
  readonly source: number;
  readonly time: number;
  /** Index into PRINCIPALS. */
  readonly who: number;
  /** Of a leak: which key of the principal. */
  readonly nth?: number;
  /** Of an offboarding or rehire: named as the directory does. */
  readonly byIdentity?: true;
  /** Of an offboarding: when they leave. */
  readonly due?: number;
  /** Of a leak: only the id was seen. */
  readonly unsure?: true;
}

export type Wrap = 'plain' | 'batch' | 'sns' | 'eventbridge';

export interface MessageSpec {
  readonly lane: Lane;
  readonly wrap: Wrap;
  readonly events: readonly EventSpec[];
  /** In place of events: index into the bodies that hold none. */
  readonly poison?: number;
}

/** The form of a hostile message. `dlq`: a dead letter, put on the dead-letter queue itself. */
export const TRICKS = ['event', 'check', 'dead-letter', 'attributes', 'parts', 'keys', 'principals', 'dlq'] as const;
export type Trick = (typeof TRICKS)[number];

export interface ForgerySpec {
  readonly trick: Trick;
  readonly as: Hostile;
  readonly lane: Lane;
  /** What it claims: of `check` the parent, of the floods the first one. */
  readonly event: EventSpec;
  /** Parts, or the generation of a check. */
  readonly count: number;
}

export type Action =
  | { readonly at: number; readonly do: 'send'; readonly message: MessageSpec }
  /** A sender sends an event without authorization. */
  | { readonly at: number; readonly do: 'forge'; readonly forgery: ForgerySpec }
  | { readonly at: number; readonly do: 'create-keys'; readonly who: number; readonly count: number }
  /** The service forgets the principal's revoked keys. */
  | { readonly at: number; readonly do: 'purge'; readonly who: number }
  /** An operator replays dead letters. */
  | {
      readonly at: number;
      readonly do: 'replay';
      readonly approve: boolean;
      readonly dryRun: boolean;
      readonly max?: number;
    }
  /** An operator moves all dead letters to a lane in the console. */
  | { readonly at: number; readonly do: 'redrive'; readonly lane: Lane }
  /** Messages that were deleted come again: the `nth` that was sent, or all. */
  | { readonly at: number; readonly do: 'reappear'; readonly nth: number | 'all' }
  /** What there is then is held against the promises too, if nothing is under way. */
  | { readonly at: number; readonly do: 'look' }
  /** The schedule invokes the reconciliation. */
  | { readonly at: number; readonly do: 'reconcile' }
  /** Idle instances end, as at a deployment. */
  | { readonly at: number; readonly do: 'recycle' };

export type ApiFault =
  /** 5xx and 429 that ask for nothing. */
  | 'down'
  | 'too-many'
  | 'throttled'
  | 'unavailable'
  | 'refused'
  | 'reset-before'
  | 'reset-after'
  | 'timeout-before'
  | 'timeout-after'
  | 'late'
  | 'no-token'
  | 'token-expired'
  | 'forbidden'
  | 'misdirected'
  | 'rejected'
  | 'garbled'
  | 'hollow'
  | 'partial'
  | 'lag'
  | 'slow';
export type PortFault = 'fails-before' | 'fails-after' | 'slow' | 'hangs';

/** Befalls steps between two times, each with a probability. */
export type Fault = { readonly from: number; readonly until: number; readonly rate: number } & (
  | { readonly on: 'api'; readonly kind: ApiFault }
  | { readonly on: PortName; readonly kind: PortFault }
  | { readonly on: 'process'; readonly kind: 'dies' }
  /** Delivered to two at once. */
  | { readonly on: 'queue'; readonly kind: 'delivered-twice' }
);
export type PortName = 'alerts' | 'audit' | 'dead-letters' | 'lanes' | 'table' | 'schedules' | 'inbox';

/** A process ends at the `step`th step that any of them takes (from 1). */
export interface Death {
  readonly step: number;
  readonly moment: 'before' | 'after';
}

/** What stays as it is for the whole history. */
export interface Terms {
  readonly trust: Trust;
  readonly dryRun: boolean;
  readonly limits: Limits;
  readonly keyLimits: KeyLimitSettings;
  readonly reconcileLimit: number;
  readonly retryHorizonMs: number;
  readonly apiConcurrency: number;
  /** Live keys of each principal at the beginning. */
  readonly keys: readonly number[];
  readonly batch: Readonly<Record<Lane, number>>;
  readonly concurrency: Readonly<Record<Lane, number>>;
  readonly maxReceives: Readonly<Record<Lane, number>>;
  /** The mapping does not keep the visibility that the function has set. */
  readonly resetsVisibility: boolean;
}

export interface Plan {
  readonly seed: number;
  readonly terms: Terms;
  readonly actions: readonly Action[];
  readonly faults: readonly Fault[];
  readonly deaths: readonly Death[];
}

/** As deployed (serverless.yml). */
export const DEPLOYED: Terms = {
  trust: 'together',
  dryRun: false,
  limits: { sourcePer10Minutes: 25, sourcePerDay: 100, totalPer10Minutes: 100, totalPerDay: 400 },
  keyLimits: { senderKeysPer10Minutes: 500, senderKeysPerDay: 2_000 },
  reconcileLimit: 25,
  retryHorizonMs: 6 * HOUR,
  apiConcurrency: 8,
  keys: [2, 1, 1, 1, 0, 1],
  batch: { urgent: 10, bulk: 100 },
  concurrency: { urgent: 10, bulk: 2 },
  maxReceives: { urgent: 400, bulk: 60 },
  resetsVisibility: false,
};
