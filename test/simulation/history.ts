/** What happened in a simulated world, in order: what the checks read. `n` counts everything that happens, from 1. */

import type { AuditRecord } from '../../lib/audit/record.ts';
import type { ApiRequest } from '../../lib/coreweave/api.ts';
import type { Json } from '../../lib/model/json.ts';
import type { Lane, Settings } from '../../lib/model/settings.ts';
import type { Terms } from './plan.ts';
import type { View } from './views.ts';

export interface Moment {
  readonly n: number;
  /** Epoch ms. */
  readonly at: number;
}

/** Something that a process did. */
export interface Deed extends Moment {
  readonly process: string;
}

export interface DeliveredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly senderId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly receiveCount: number;
  /** Another consumer received it at the same time. */
  readonly twice: boolean;
}

export interface Invoked extends Deed {
  readonly requestId: string;
  readonly lane: Lane;
  /** When Lambda would end it, in epoch ms. */
  readonly lambdaEnds: number;
  readonly messages: readonly DeliveredMessage[];
  end?: Moment & { readonly how: 'answered' | 'died' | 'overran' | 'threw'; readonly failed: readonly string[] };
}

export interface Audited extends Deed {
  readonly record: AuditRecord;
  readonly view: View;
  /** The port said that it is written, and when. */
  acked?: number;
  /** Keys among those that it speaks of that were live when it was written. */
  readonly liveThen: readonly string[];
}

export interface Kill extends Moment {
  readonly key: string;
  readonly owner: string;
}

export interface Called extends Deed {
  readonly request: ApiRequest;
  /** Of a call about one key: whether it could still be used when the call began. */
  readonly isLive: boolean;
  /** Keys that it ended, which may be after it was answered. */
  readonly kills: Kill[];
  /** When it was answered. */
  ended?: number;
  /** What it was asked to wait for, in seconds, as the API means it; 900 at most. */
  waitS?: number;
}

export interface Wrote extends Deed {
  readonly pk: string;
  readonly data: { readonly [attribute: string]: Json };
}

export interface Admitted extends Deed {
  readonly pk: string;
  readonly member: string;
  readonly limit: number;
  readonly free: boolean;
}

export interface Put extends Moment {
  readonly messageId: string;
  readonly lane: Lane;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** A sender's own, one that our own functions or an operator have sent, or one that came again. */
  readonly by: 'sender' | 'function' | 'schedule' | 'reconciler' | 'operator' | 'again';
  readonly senderId: string;
}

/** A run of the reconciliation, with its retries, at its beginning. */
export interface Reconciled extends Moment {
  readonly isDone: boolean;
}

/** A message that a function gave back until a time of its own choice. */
export interface Returned extends Deed {
  readonly messageId: string;
}

export interface Lettered extends Deed {
  readonly body: string;
  /** Of the message that it is about. */
  readonly messageId: string;
}

export interface History {
  readonly terms: Terms;
  readonly settings: Settings;
  readonly put: Put[];
  readonly invoked: Invoked[];
  /** Messages that the mapping has deleted, and those that SQS has moved to the dead-letter queue. */
  readonly deleted: (Moment & { readonly messageId: string })[];
  readonly moved: (Moment & { readonly messageId: string; readonly body: string })[];
  readonly audit: Audited[];
  readonly calls: Called[];
  readonly deadLetters: Lettered[];
  readonly returned: Returned[];
  readonly reconciled: Reconciled[];
  /** Alerts that were closed, and whether the key that they are about was live then. */
  readonly closed: (Deed & { readonly key: string; readonly isLive: boolean })[];
  readonly wrote: Wrote[];
  readonly admitted: Admitted[];
  readonly createdKeys: Map<string, Moment & { readonly owner: string }>;
  /** Processes that ended, by name. */
  readonly died: Map<string, Moment>;
  /** Invocations in which the log took a record and said that it did not, or did not take one. */
  readonly lostAudit: Set<string>;
  /** Operational log lines, as text. */
  readonly log: string[];
  /** Told line by line, for people and for comparison. */
  readonly told: string[];
  /** What there was at times when nothing was under way; the last is the end. */
  readonly looks: Look[];
  /** How it ended. */
  end?: End;
}

/** A message on the dead-letter queue, and who sent the event in it, as far as our own functions say so. */
export interface Parked {
  readonly body: string;
  readonly sender: string;
}

export interface Look extends Moment {
  readonly parked: readonly Parked[];
  readonly live: ReadonlySet<string>;
}

export interface End {
  /** What is left on the lanes: nothing, unless it went on for too long. */
  readonly left: readonly string[];
  /** Steps that were never answered, by process. */
  readonly pending: ReadonlyMap<string, number>;
  readonly steps: number;
}

export const newHistory = (terms: Terms, settings: Settings): History => ({
  terms,
  settings,
  put: [],
  invoked: [],
  deleted: [],
  moved: [],
  audit: [],
  calls: [],
  deadLetters: [],
  closed: [],
  wrote: [],
  admitted: [],
  returned: [],
  reconciled: [],
  createdKeys: new Map(),
  died: new Map(),
  lostAudit: new Set(),
  log: [],
  told: [],
  looks: [],
});
