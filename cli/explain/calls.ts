/** The API calls that an event would cause, in order, if no safety check stops it. */
import type { ApiRequest } from '../../lib/coreweave/api.ts';
import { candidatesOf } from '../../lib/ledger/directory.ts';
import type { Plan, PrincipalPlan, Target } from '../../lib/model/plan.ts';
import type { Settings } from '../../lib/model/settings.ts';
import { requiresOwnerLookup } from '../../lib/revoke/rules.ts';

export interface PlannedCall {
  readonly request: ApiRequest;
  readonly why: string;
}

interface CallContext {
  readonly settings: Settings;
  /** Epoch ms. */
  readonly now: number;
}

type Key = Extract<Target, { kind: 'key' }>;

/** Where the number of calls depends on responses of the API, one call stands for all, and its `why` says so. */
export function planCalls(plan: Plan, facts: CallContext): readonly PlannedCall[] {
  switch (plan.kind) {
    case 'key':
      return keyCalls(plan.target, facts);
    case 'principal':
      return principalCalls(plan, facts);
    case 'check':
      return plan.target.kind === 'key'
        ? keyCalls(plan.target, facts)
        : [{ request: LIST, why: 'looks for keys that are live still or again; each is revoked by its id' }];
    case 'reinstate':
    case 'alert':
      return [];
  }
}

const LIST: ApiRequest = { call: 'list-keys', offset: 0 };

function keyCalls({ accessKeyId }: Key, { settings, now }: CallContext): readonly PlannedCall[] {
  const read: ApiRequest = { call: 'read-key', accessKeyId };
  return [
    ...(requiresOwnerLookup(settings, now)
      ? [{ request: read, why: 'whose key it is, since some principal is protected' }]
      : []),
    { request: { call: 'revoke-key', accessKeyId }, why: 'revokes it; up to 3 tries at once' },
    ...(settings.verify ? [{ request: read, why: 'sees that it is gone; up to 3 looks' }] : []),
  ];
}

function principalCalls({ subject }: PrincipalPlan, { settings }: CallContext): readonly PlannedCall[] {
  const candidates =
    'principalName' in subject
      ? [subject.principalName]
      : (candidatesOf(subject.identity, undefined, settings.principalTemplates) ?? []);
  const unless = 'principalName' in subject ? '' : ', if it has a live key';
  return [
    { request: LIST, why: 'the live keys before; one call per 1,000 keys, shared by a batch' },
    ...candidates.map(
      (principalName): PlannedCall => ({
        request: { call: 'revoke-principal', principalName },
        why: `revokes every key of the principal${unless}`,
      }),
    ),
    ...(settings.verify
      ? [{ request: LIST, why: 'sees that they are gone; up to 20 keys are read one by one instead' }]
      : []),
  ];
}
