/** What an event asks to be revoked. */
import type { CanonicalEvent, CompromisedEvent } from '../../events/canonical.ts';
import type { Identity, Reference } from '../../events/data.ts';
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';

export type Target =
  | { readonly kind: 'key'; readonly accessKeyId: AccessKeyId }
  | { readonly kind: 'principal'; readonly principalName: PrincipalName };

/** Whom a principal-wide event is about: named as the API does, or as a directory does. */
export type Subject = { readonly principalName: PrincipalName } | { readonly identity: Identity };

/**
 * What to do about an event. `keys-of`: all keys of the subject, `late` ones (minted after the event was seen) too for
 * a leaver, not for a compromise, where they are the replacement.
 */
export type Plan =
  | { readonly kind: 'key'; readonly target: Extract<Target, { kind: 'key' }> }
  | { readonly kind: 'keys-of'; readonly subject: Subject; readonly late: boolean; readonly effectiveAt?: string }
  | { readonly kind: 'reinstate'; readonly subject: Subject }
  | {
      readonly kind: 'check';
      readonly target: Target;
      readonly parent: { source: string; id: string };
      readonly generation: 1 | 2 | 3;
    }
  | { readonly kind: 'resolve'; readonly reference: Reference };

/** A plan for all keys of a person or principal. */
export type KeysOf = Extract<Plan, { kind: 'keys-of' }>;

const keyTarget = (accessKeyId: AccessKeyId) => ({ kind: 'key', accessKeyId }) as const;
export const principalTarget = (principalName: PrincipalName) => ({ kind: 'principal', principalName }) as const;

/** Takes an event; returns its plan. Total: an event type without a plan does not compile. */
export function planOf(event: CanonicalEvent): Plan {
  switch (event.type) {
    case 'credential.compromised.v1':
      return planCompromised(event.data);
    case 'user.offboarded.v1':
      return {
        kind: 'keys-of',
        subject: subjectOf(event.data),
        late: true,
        ...(event.data.effectiveAt === undefined ? {} : { effectiveAt: event.data.effectiveAt }),
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

function planCompromised(data: CompromisedEvent['data']): Plan {
  if ('accessKeyId' in data) return { kind: 'key', target: keyTarget(data.accessKeyId) };
  if ('reference' in data) return { kind: 'resolve', reference: data.reference };
  return { kind: 'keys-of', subject: { principalName: data.principalName }, late: false };
}

const subjectOf = (data: Subject): Subject =>
  'principalName' in data ? { principalName: data.principalName } : { identity: data.identity };

/** Takes a target; returns one text per target, for maps and the breaker. */
export const targetName = (target: Target): string =>
  target.kind === 'key' ? target.accessKeyId : target.principalName;
