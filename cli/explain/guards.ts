/** What each guard says about an event from here: those that need only the configuration decide, the others are named with their question. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { AccessKeyId } from '../../events/ids.ts';
import { dueAtOf, isDue } from '../../lib/ledger/event-row.ts';
import { candidatesOf } from '../../lib/model/directory.ts';
import type { KeysOf, Plan } from '../../lib/model/plan.ts';
import type { Reason } from '../../lib/model/reasons.ts';
import type { Settings } from '../../lib/model/settings.ts';
import { MAX_FENCE_KEYS } from '../../lib/offboard/fence.ts';
import {
  asksForOwner,
  lowConfidence,
  protectedKey,
  protectedPrincipal,
  type Stop,
  stale,
} from '../../lib/revoke/guards.ts';

/** `ledger` and `api`: only they can say; `detail` is the question. */
export interface GuardView {
  readonly guard: string;
  readonly says: 'passes' | 'stops' | 'ledger' | 'api';
  readonly detail: string;
  /** Of one that stops, or that may. */
  readonly reason?: Reason;
}

interface Facts {
  readonly settings: Settings;
  readonly now: number;
}

const passes = (guard: string, detail: string): GuardView => ({ guard, says: 'passes', detail });
const judged = (guard: string, stop: Stop | undefined, otherwise: string): GuardView =>
  stop === undefined ? passes(guard, otherwise) : { guard, says: 'stops', ...stop };
const asks = (says: 'ledger' | 'api', guard: string, detail: string, reason?: Reason): GuardView => ({
  guard,
  says,
  detail,
  ...(reason === undefined ? {} : { reason }),
});

/** Takes a plan and now (epoch ms); returns whether it waits for its day. */
export const isAhead = (plan: Plan, now: number): boolean =>
  plan.kind === 'keys-of' && plan.effectiveAt !== undefined && !isDue(dueAtOf(plan.effectiveAt), now);

/** Takes an event and its plan; returns the guards in the order in which they are asked. */
export function guardsOf(event: CanonicalEvent, plan: Plan, facts: Facts): readonly GuardView[] {
  switch (plan.kind) {
    case 'key':
      return keyGuards(event, plan.target.accessKeyId, facts);
    case 'keys-of':
      return principalGuards(event, plan, facts);
    case 'check':
      return [
        asks('ledger', 'parent', 'whether it is the next check of an event that is done', 'invalid'),
        ...(plan.target.kind === 'key'
          ? keyGuards(event, plan.target.accessKeyId, facts)
          : [judged('protected', protectedPrincipal(plan.target.principalName, facts.settings, facts.now), UNLISTED)]),
      ];
    case 'resolve':
      return [asks('api', 'alert', 'what GitHub shows of it: open, and with which key', 'unresolved')];
    case 'reinstate':
      return [];
  }
}

const UNLISTED = 'neither on PROTECTED nor SELF_PRINCIPAL';

function keyGuards({ data }: CanonicalEvent, accessKeyId: AccessKeyId, { settings, now }: Facts): readonly GuardView[] {
  const confidence = 'confidence' in data ? data.confidence : undefined;
  return [
    judged('confidence', lowConfidence(confidence, settings), 'the sender vouches for it'),
    judged('protected key', protectedKey(accessKeyId, settings, now), 'not on PROTECTED'),
    asksForOwner(settings, now)
      ? asks('api', 'protected owner', 'whether its owner is on PROTECTED or SELF_PRINCIPAL', 'held-protected')
      : passes('protected owner', 'no principal is protected, so nobody is asked'),
  ];
}

function principalGuards(event: CanonicalEvent, plan: KeysOf, { settings, now }: Facts): readonly GuardView[] {
  const { subject, late, effectiveAt } = plan;
  const candidates =
    'principalName' in subject
      ? [subject.principalName]
      : (candidatesOf(subject.identity, undefined, settings.principalTemplates) ?? []);
  const stop = candidates
    .map((principal) => protectedPrincipal(principal, settings, now))
    .find((each) => each !== undefined);
  const tooOld = stale(
    { time: event.time, late, ...(effectiveAt === undefined ? {} : { effectiveAt }) },
    settings,
    now,
  );
  const { sourcePer10Minutes, sourcePerDay, totalPer10Minutes, totalPerDay } = settings.limits;
  return [
    asks('ledger', 'ledger', 'whether it is done, at work or held already, or came with another body', 'held-conflict'),
    ...('identity' in subject ? [directoryGuard(candidates)] : []),
    judged('protected', stop, UNLISTED),
    settings.protections.some(({ target }) => 'accessKeyId' in target)
      ? asks('api', 'protected keys', 'whether one of its live keys is on PROTECTED', 'held-protected')
      : passes('protected keys', 'no key is protected'),
    ...(late
      ? [asks('ledger', 'reinstatement', 'whether someone was reinstated at that time or later', 'held-superseded')]
      : []),
    late ? judged('age', tooOld, 'younger than STALE_AFTER') : passes('age', 'a compromise has none'),
    ...(isAhead(plan, now)
      ? [
          asks(
            'ledger',
            'day',
            'whether a newer offboarding of the principal is scheduled; then it waits for its day',
            'held-superseded',
          ),
        ]
      : []),
    asks('api', 'fence', `whether it has at most ${MAX_FENCE_KEYS} live keys`, 'held-limit'),
    asks(
      'ledger',
      'limits',
      `whether fewer than ${sourcePer10Minutes} (10 min) and ${sourcePerDay} (day) principals of this source, ${totalPer10Minutes} and ${totalPerDay} of all, came before`,
      'held-limit',
    ),
  ];
}

/** Principals that only the directory names are asked all these questions too, once they are known. */
const directoryGuard = (candidates: readonly string[]): GuardView =>
  candidates.length === 0
    ? asks('ledger', 'directory', 'which principals the person has; no template names one', 'unmappable')
    : asks('ledger', 'directory', `which principals the person has beside ${candidates.join(', ')}`);
