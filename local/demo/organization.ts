/** The organization of the demo: principals, their keys, which keys must be live at the end, and the settings. */
import type { NewKey } from '../coreweave/keys.ts';

export interface DemoKey extends Pick<NewKey, 'accessKeyId' | 'principalName' | 'status'> {
  /** Why the key must be live at the end. Absent: it must be revoked. */
  readonly survives?: string;
}

const PIPELINE = 'coreweave/pipeline';
export const OFFBOARDED_PRINCIPAL = 'saml/former@example.com';
export const PRINCIPAL_WITHOUT_KEYS = 'saml/keyless@example.com';
export const BREAK_GLASS = 'coreweave/break-glass';
export const REINSTATED_PRINCIPAL = 'saml/returner@example.com';
export const SCHEDULED_PRINCIPAL = 'saml/next-month@example.com';
export const DRY_RUN_PRINCIPAL = 'coreweave/bystander';
export const crowdPrincipal = (n: number): string => `coreweave/crowd-${n}`;

/** Principals of one source that may be revoked: few, so that the demo can exceed the limit. */
export const CROWD_LIMIT = 3;

/** A readable key id of the required form. */
export const keyId = (name: string): string => `CWDEMO${name.padStart(10, '0')}`;

const key = (name: string, principalName: string, survives?: string): DemoKey => ({
  accessKeyId: keyId(name),
  principalName,
  ...(survives === undefined ? {} : { survives }),
});

/** The keys at the start. */
export const KEYS: readonly DemoKey[] = [
  ...['RAW', 'SNS', 'BUS', 'BUSY', 'DOWN', 'LOST', 'BAD'].map((name) => key(name, PIPELINE)),
  { ...key('PAST', PIPELINE), status: 'DELETED' },
  ...['A', 'B', 'C'].map((name) => key(`FORMER${name}`, OFFBOARDED_PRINCIPAL)),
  key('BOSS', BREAK_GLASS, 'its owner is protected'),
  key('RETURNER', REINSTATED_PRINCIPAL, 'its owner was reinstated'),
  key('LATER', SCHEDULED_PRINCIPAL, 'its owner stays after all'),
  ...Array.from({ length: CROWD_LIMIT + 1 }, (_, n) => key(`CROWD${n + 1}`, crowdPrincipal(n + 1))),
  key('BYSTANDER', DRY_RUN_PRINCIPAL, 'only a dry run asked for it'),
  key('WEBHOOK', PIPELINE, 'the webhook about it was not sent'),
];

/** Created by the offboarded user after the revocation. */
export const LATE_KEY: DemoKey = key('LATE', OFFBOARDED_PRINCIPAL);

/** The daily limit is as low as the one for ten minutes: across the edge of two windows, twice the limit could pass. */
export const SETTINGS: Readonly<Record<string, string>> = {
  PROTECTED: JSON.stringify([{ principalName: BREAK_GLASS, owner: 'security', reason: 'break-glass' }]),
  SELF_PRINCIPAL: 'coreweave/uRevocationHandler',
  LIMITS: JSON.stringify({
    sourcePer10Minutes: CROWD_LIMIT,
    sourcePerDay: CROWD_LIMIT,
    totalPer10Minutes: 100,
    totalPerDay: 400,
  }),
};
