/** The organisation of the demo: who has which keys, which of them must be live in the end, and how the function is set up. */
import type { NewKey } from '../coreweave/keys.ts';

export interface DemoKey extends Pick<NewKey, 'accessKeyId' | 'principalName' | 'status'> {
  /** Why it must be live in the end; absent: it must be gone. */
  readonly survives?: string;
}

export const PIPELINE = 'coreweave/pipeline';
export const LEAVER = 'saml/leaver@example.com';
export const KEYLESS = 'saml/keyless@example.com';
export const BREAK_GLASS = 'coreweave/break-glass';
export const RETURNER = 'saml/returner@example.com';
export const NEXT_MONTH = 'saml/next-month@example.com';
export const BYSTANDER = 'coreweave/bystander';
export const crowd = (n: number): string => `coreweave/crowd-${n}`;

/** How many principals of one source may be revoked: small, so that the demo can show it. */
export const CROWD_LIMIT = 3;

/** A key id that is readable and of the right form. */
export const keyId = (name: string): string => `CWDEMO${name.padStart(10, '0')}`;

const key = (name: string, principalName: string, survives?: string): DemoKey => ({
  accessKeyId: keyId(name),
  principalName,
  ...(survives === undefined ? {} : { survives }),
});

/** What the organisation has at the start. */
export const KEYS: readonly DemoKey[] = [
  ...['RAW', 'SNS', 'BUS', 'BUSY', 'DOWN', 'LOST', 'BAD'].map((name) => key(name, PIPELINE)),
  { ...key('PAST', PIPELINE), status: 'DELETED' },
  ...['A', 'B', 'C'].map((name) => key(`LEAVER${name}`, LEAVER)),
  key('BOSS', BREAK_GLASS, 'its owner is protected'),
  key('RETURNER', RETURNER, 'its owner was reinstated'),
  key('LATER', NEXT_MONTH, 'its owner stays after all'),
  ...Array.from({ length: CROWD_LIMIT + 1 }, (_, n) => key(`CROWD${n + 1}`, crowd(n + 1))),
  key('BYSTANDER', BYSTANDER, 'only a dry run asked for it'),
];

/** Minted by the leaver once their keys are gone. */
export const LATE_KEY: DemoKey = key('LATE', LEAVER);

/** The function's settings. The limit is also one of a day: at the edge of ten minutes alone, twice the figure could pass. */
export const SETTINGS: Readonly<Record<string, string>> = {
  PROTECTED: JSON.stringify([{ principalName: BREAK_GLASS, owner: 'security', reason: 'break-glass' }]),
  SELF_PRINCIPAL: 'coreweave/revocation-handler',
  LIMITS: JSON.stringify({
    sourcePer10Minutes: CROWD_LIMIT,
    sourcePerDay: CROWD_LIMIT,
    totalPer10Minutes: 100,
    totalPerDay: 400,
  }),
};
