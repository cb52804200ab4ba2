/**
 * The safety checks of an event, without I/O: those that need only the configuration are decided, the others are
 * listed.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { AccessKeyId } from '../../events/ids.ts';
import { candidatesOf } from '../../lib/ledger/directory.ts';
import { MAX_SNAPSHOT_KEYS, waitMs } from '../../lib/ledger/event-row.ts';
import type { Plan, PrincipalPlan } from '../../lib/model/plan.ts';
import type { HoldReason, Reason } from '../../lib/model/reasons.ts';
import type { Settings } from '../../lib/model/settings.ts';
import {
  ageRule,
  lowConfidenceRule,
  protectedKeyRule,
  protectedPrincipalRule,
  requiresOwnerLookup,
} from '../../lib/revoke/rules.ts';

/** `ledger` and `api`: decided there at run time; `detail` is the question. */
export interface GuardResult {
  readonly guard: string;
  readonly says: 'passes' | 'stops' | 'ledger' | 'api';
  readonly detail: string;
  /** The reason code of a check that stops the event or may stop it. */
  readonly reason?: Reason;
}

interface GuardContext {
  readonly settings: Settings;
  readonly now: number;
}

const passes = (guard: string, detail: string): GuardResult => ({ guard, says: 'passes', detail });
const evaluated = (guard: string, reason: HoldReason, rule: string | undefined, otherwise: string): GuardResult =>
  rule === undefined ? passes(guard, otherwise) : { guard, says: 'stops', reason, detail: rule };
const undecided = (says: 'ledger' | 'api', guard: string, detail: string, reason?: Reason): GuardResult => ({
  guard,
  says,
  detail,
  ...(reason === undefined ? {} : { reason }),
});

export const isFutureDated = (plan: Plan, now: number): boolean =>
  plan.kind === 'principal' && plan.effectiveAt !== undefined && waitMs(plan.effectiveAt, now) > 0;

/** In the order of their evaluation. */
export function evaluateGuards(event: CanonicalEvent, plan: Plan, facts: GuardContext): readonly GuardResult[] {
  switch (plan.kind) {
    case 'key':
      return keyGuards(event, plan.target.accessKeyId, facts);
    case 'principal':
      return principalGuards(event, plan, facts);
    case 'check':
      return [
        undecided('ledger', 'parent', 'whether it is the next check of an event that is done', 'invalid'),
        ...(plan.target.kind === 'key'
          ? keyGuards(event, plan.target.accessKeyId, facts)
          : [
              evaluated(
                'protected',
                'held-protected',
                protectedPrincipalRule(plan.target.principalName, facts.settings, facts.now),
                UNLISTED,
              ),
            ]),
      ];
    case 'alert':
      return [undecided('api', 'alert', 'what GitHub shows of it: open, and with which key', 'unresolved')];
    case 'reinstate':
      return [];
  }
}

const UNLISTED = 'neither on PROTECTED nor SELF_PRINCIPAL';

function keyGuards(
  { data }: CanonicalEvent,
  accessKeyId: AccessKeyId,
  { settings, now }: GuardContext,
): readonly GuardResult[] {
  const confidence = 'confidence' in data ? data.confidence : undefined;
  return [
    evaluated(
      'confidence',
      'held-low-confidence',
      lowConfidenceRule(confidence, settings),
      'the sender vouches for it',
    ),
    evaluated('protected key', 'held-protected', protectedKeyRule(accessKeyId, settings, now), 'not on PROTECTED'),
    keyLimitsGuard(settings),
    requiresOwnerLookup(settings, now)
      ? undecided('api', 'protected owner', 'whether its owner is on PROTECTED or SELF_PRINCIPAL', 'held-protected')
      : passes('protected owner', 'no principal is protected, so nobody is asked'),
  ];
}

function principalGuards(event: CanonicalEvent, plan: PrincipalPlan, context: GuardContext): readonly GuardResult[] {
  const { settings, now } = context;
  const { subject, late } = plan;
  const candidates =
    'principalName' in subject
      ? [subject.principalName]
      : (candidatesOf(subject.identity, undefined, settings.principalTemplates) ?? []);
  const stop = candidates
    .map((principal) => protectedPrincipalRule(principal, settings, now))
    .find((each) => each !== undefined);
  return [
    undecided(
      'ledger',
      'ledger',
      'whether it is done, at work or held already, or came with another body',
      'held-conflict',
    ),
    ...('identity' in subject ? [directoryGuard(candidates)] : []),
    evaluated('protected', 'held-protected', stop, UNLISTED),
    protectedKeysGuard(settings),
    ...(late ? [REINSTATEMENT] : []),
    ageGuard(event, plan, context),
    ...(isFutureDated(plan, now) ? [SCHEDULE] : []),
    undecided('api', 'fence', `whether it has at most ${MAX_SNAPSHOT_KEYS} live keys`, 'held-limit'),
    limitsGuard(settings),
  ];
}

const protectedKeysGuard = ({ protections }: Settings): GuardResult =>
  protections.some(({ target }) => 'accessKeyId' in target)
    ? undecided('api', 'protected keys', 'whether one of its live keys is on PROTECTED', 'held-protected')
    : passes('protected keys', 'no key is protected');

const REINSTATEMENT = undecided(
  'ledger',
  'reinstatement',
  'whether someone was reinstated at that time or later',
  'held-superseded',
);

const SCHEDULE = undecided(
  'ledger',
  'day',
  'whether a newer offboarding of the principal is scheduled; then it waits for its day',
  'held-superseded',
);

function ageGuard({ time }: CanonicalEvent, { late, effectiveAt }: PrincipalPlan, context: GuardContext): GuardResult {
  if (!late) return passes('age', 'a compromise has none');
  const event = { time, ...(effectiveAt === undefined ? {} : { effectiveAt }) };
  return evaluated('age', 'held-stale', ageRule(event, context.settings, context.now), 'younger than STALE_AFTER');
}

function keyLimitsGuard({ keyLimits }: Settings): GuardResult {
  const { senderKeysPer10Minutes, senderKeysPerDay } = keyLimits;
  if (senderKeysPer10Minutes === 'off' && senderKeysPerDay === 'off') return passes('key limits', 'they are off');
  const limits = `${senderKeysPer10Minutes} (10 min) and ${senderKeysPerDay} (day)`;
  return undecided(
    'ledger',
    'key limits',
    `whether fewer than ${limits} keys of this sender came before`,
    'held-limit',
  );
}

function limitsGuard({ limits }: Settings): GuardResult {
  const { sourcePer10Minutes, sourcePerDay, totalPer10Minutes, totalPerDay } = limits;
  const ofSource = `${sourcePer10Minutes} (10 min) and ${sourcePerDay} (day) principals of this source`;
  const ofAll = `${totalPer10Minutes} and ${totalPerDay} of all`;
  return undecided('ledger', 'limits', `whether fewer than ${ofSource}, ${ofAll}, came before`, 'held-limit');
}

/** Principals that only the directory knows are subject to the same checks at run time. */
const directoryGuard = (candidates: readonly string[]): GuardResult =>
  candidates.length === 0
    ? undecided('ledger', 'directory', 'which principals the person has; no template names one', 'unmappable')
    : undecided('ledger', 'directory', `which principals the person has beside ${candidates.join(', ')}`);
