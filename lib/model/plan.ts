/** What an event asks for. */
import type { CanonicalEvent, CompromisedEvent } from '../../events/canonical.ts';
import type { Identity, Reference } from '../../events/data.ts';
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';
import type { CheckGeneration } from './follow-up.ts';

export type Target =
  | { readonly kind: 'key'; readonly accessKeyId: AccessKeyId }
  | { readonly kind: 'principal'; readonly principalName: PrincipalName };
export type KeyTarget = Extract<Target, { kind: 'key' }>;
export type PrincipalTarget = Extract<Target, { kind: 'principal' }>;

/** Whom a principal-wide event is about: named as the API does, or as a directory does. */
export type Subject = { readonly principalName: PrincipalName } | { readonly identity: Identity };

/**
 * `principal`: all keys of the subject. `late`: keys created after the event was first seen are revoked too (an
 * offboarding); after a compromise they are the replacement.
 */
export type Plan =
  | { readonly kind: 'key'; readonly target: KeyTarget }
  | {
      readonly kind: 'principal';
      readonly subject: Subject;
      readonly late: boolean;
      readonly effectiveAt?: string;
      /** The sender is not certain that the person left: nothing happens, unless there are keys. */
      readonly staged?: true;
    }
  | { readonly kind: 'reconcile'; readonly principals: readonly PrincipalName[] }
  | { readonly kind: 'reinstate'; readonly subject: Subject }
  | {
      readonly kind: 'check';
      readonly target: Target;
      readonly parent: { readonly source: string; readonly id: string };
      readonly generation: CheckGeneration;
    }
  | { readonly kind: 'alert'; readonly reference: Reference };

/** All but that of a leaked key. */
export type OtherPlan = Exclude<Plan, { kind: 'key' }>;
export type PrincipalPlan = Extract<Plan, { kind: 'principal' }>;
export type ReconcilePlan = Extract<Plan, { kind: 'reconcile' }>;
export type CheckPlan = Extract<Plan, { kind: 'check' }>;

const keyTarget = (accessKeyId: AccessKeyId) => ({ kind: 'key', accessKeyId }) as const;
export const principalTarget = (principalName: PrincipalName) => ({ kind: 'principal', principalName }) as const;

/** An event type without a plan does not compile. */
export function planOf(event: CanonicalEvent): Plan {
  switch (event.type) {
    case 'credential.compromised.v1':
      return compromisedPlan(event.data);
    case 'user.offboarded.v1':
      if ('principals' in event.data) {
        return { kind: 'reconcile', principals: event.data.principals.map((each) => each.principalName) };
      }
      return {
        kind: 'principal',
        subject: subjectOf(event.data),
        late: true,
        ...(event.data.effectiveAt === undefined ? {} : { effectiveAt: event.data.effectiveAt }),
        ...(event.data.staged === undefined ? {} : { staged: event.data.staged }),
      };
    case 'user.reinstated.v1':
      return { kind: 'reinstate', subject: subjectOf(event.data) };
    case 'revocation.check.v1': {
      const { parent, generation } = event.data;
      const target =
        'accessKeyId' in event.data ? keyTarget(event.data.accessKeyId) : principalTarget(event.data.principalName);
      return { kind: 'check', target, parent, generation };
    }
  }
}

function compromisedPlan(data: CompromisedEvent['data']): Plan {
  if ('accessKeyId' in data) return { kind: 'key', target: keyTarget(data.accessKeyId) };
  if ('reference' in data) return { kind: 'alert', reference: data.reference };
  return { kind: 'principal', subject: { principalName: data.principalName }, late: false };
}

const subjectOf = (data: Subject): Subject =>
  'principalName' in data ? { principalName: data.principalName } : { identity: data.identity };

/** One text per target, for maps and the circuit breaker. */
export const targetName = (target: Target): string =>
  target.kind === 'key' ? target.accessKeyId : target.principalName;

/** The target that the event itself names, before any lookup; undefined if it names a person or an alert. */
export function namedTarget(plan: Plan): Target | undefined {
  if (plan.kind === 'key' || plan.kind === 'check') return plan.target;
  if (plan.kind === 'reconcile') return onlyTarget(plan.principals);
  return 'subject' in plan && 'principalName' in plan.subject ? principalTarget(plan.subject.principalName) : undefined;
}

/** All targets that the event itself names, before any lookup; undefined if it names a person or an alert. */
export function namedTargets(plan: Plan): readonly string[] | undefined {
  if (plan.kind === 'reconcile') return plan.principals;
  const target = namedTarget(plan);
  return target === undefined ? undefined : [targetName(target)];
}

/** The target of a record or dead letter about several principals: none, unless there is exactly one. */
export function onlyTarget(principals: readonly PrincipalName[]): PrincipalTarget | undefined {
  const [only, ...others] = principals;
  return only === undefined || others.length > 0 ? undefined : principalTarget(only);
}
