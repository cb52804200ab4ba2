/** What would hold an event, as far as only the ledger or the API can say. */
import type { Runtime } from '../../lib/context.ts';
import type { Plan } from '../../lib/model/plan.ts';
import type { Reason } from '../../lib/model/reasons.ts';
import { type CheckedKind, SAFETY_CHECKS } from '../../lib/revoke/checks.ts';
import { requiresOwnerLookup } from '../../lib/revoke/rules.ts';

/** By the name of the safety check. Checks that the configuration alone decides are not here. */
export const CONDITIONS: Readonly<Record<string, string>> = {
  'protected owner': 'its owner is on PROTECTED or is SELF_PRINCIPAL',
  reinstatement: 'the person was reinstated at that time or later',
  'newer schedule': 'a newer offboarding of the principal is scheduled',
  'protected key of the principal': 'one of the live keys is on PROTECTED',
  'key limits': 'more keys of this sender than LIMITS allows came before',
  staged: 'it is not certain that the user left, and there are live keys',
  limits: 'more principals than LIMITS allows came before',
  'reconciliation limit': 'reconciliation has revoked RECONCILE_LIMIT other principals that day',
  'snapshot size': 'the principal has more live keys than a row of the ledger holds',
};

/** Undefined: no safety check applies by itself. */
function checkedKind(plan: Plan): CheckedKind | undefined {
  switch (plan.kind) {
    case 'key':
    case 'alert':
      return 'leaked-key';
    case 'check':
      return plan.target.kind === 'key' ? 'key-follow-up' : 'offboarding-follow-up';
    case 'principal':
      return plan.late ? 'offboarding' : 'compromised-principal';
    case 'reconcile':
      return 'reconciliation';
    case 'reinstate':
      return undefined;
  }
}

export function conditionsOf(
  plan: Plan,
  { ports, settings }: Pick<Runtime, 'ports' | 'settings'>,
  isFutureDated: boolean,
): readonly { readonly reason: Reason; readonly condition: string }[] {
  const kind = checkedKind(plan);
  if (kind === undefined) return [];
  const protectsOwners = requiresOwnerLookup(settings, ports.clock.now());
  const protectsKeys = settings.protections.some(({ target }) => 'accessKeyId' in target);
  const needless = [
    ...(isFutureDated ? [] : ['newer schedule']),
    ...(plan.kind === 'principal' && plan.staged ? [] : ['staged']),
    ...(settings.keyLimits.senderKeysPer10Minutes === 'off' && settings.keyLimits.senderKeysPerDay === 'off'
      ? ['key limits']
      : []),
    ...(protectsOwners ? [] : ['protected owner']),
    ...(protectsKeys ? [] : [PROTECTED_KEY]),
  ];
  return Object.values(SAFETY_CHECKS)
    .flat()
    .filter(({ appliesTo, name }) => appliesTo.includes(kind) && !needless.includes(name))
    .flatMap(({ name, reason }) => {
      const condition = CONDITIONS[name];
      return condition === undefined ? [] : [{ reason, condition }];
    });
}

const PROTECTED_KEY = 'protected key of the principal';
