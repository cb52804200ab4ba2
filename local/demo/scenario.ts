/** What `npm start` sends, and what must come of it. Event ids are their names. */

import { type Faults, fault } from '../coreweave/faults.ts';
import type { NewKey } from '../coreweave/keys.ts';
import type { Lane } from '../stack.ts';

/** One message and its expected end: the last word of the audit, and the reason of its dead letter if it gets one. */
export interface Step {
  readonly name: string;
  readonly lane: Lane;
  readonly body: string;
  readonly target: string;
  readonly ends: string;
  readonly letter?: string;
}

export const LEAVER = 'saml/leaver@example.com';
const BOSS = 'coreweave/break-glass';
const RETURNER = 'saml/returner@example.com';
const LATER = 'saml/next-month@example.com';

export const KEYS: readonly NewKey[] = [
  ...['RAW', 'SNS', 'BUS', 'BUSY', 'DOWN', 'LOST', 'BAD'].map((name) => key(name, 'coreweave/pipeline')),
  { ...key('PAST', 'coreweave/pipeline'), status: 'DELETED' },
  ...['A', 'B', 'C'].map((name) => key(`LEAVER${name}`, LEAVER)),
  key('BOSS', BOSS),
  key('RETURNER', RETURNER),
  key('LATER', LATER),
  ...[1, 2, 3, 4].map((n) => key(`CROWD${n}`, `coreweave/crowd-${n}`)),
  key('BYSTANDER', 'coreweave/bystander'),
];

/** Keys that must be live at the end; all others of the organisation must be gone. */
export const SURVIVORS = ['BAD', 'BOSS', 'RETURNER', 'LATER', 'CROWD4', 'BYSTANDER'].map(keyId);

export const ENV = {
  PROTECTED: JSON.stringify([{ principalName: BOSS, owner: 'security', reason: 'break-glass' }]),
  SELF_PRINCIPAL: 'coreweave/revocation-handler',
  LIMITS: JSON.stringify({ sourcePer10Minutes: 3, sourcePerDay: 100, totalPer10Minutes: 100, totalPerDay: 400 }),
};

/** The API's hiccups: told to wait, down for a moment, an answer lost after the effect, a request refused. */
export function planHiccups(faults: Faults): void {
  faults.plan('revoke-key', fault.status(429, { retryAfter: '1' }), { target: keyId('BUSY') });
  faults.plan('revoke-key', fault.status(503), { target: keyId('DOWN') });
  faults.plan('revoke-key', fault.reset('after'), { target: keyId('LOST') });
  faults.plan('revoke-key', fault.status(400), { target: keyId('BAD') });
}

/** Takes the time of the run; returns the steps in groups: a group is sent when the one before has settled. */
export function stepsAt(now: number): readonly (readonly Step[])[] {
  const time = new Date(now).toISOString();
  const day = 86_400_000;
  const event = (id: string, type: string, data: object, source = '//demo.example') =>
    JSON.stringify({ specversion: '1.0', type, id, source, time, data });
  const leak = (id: string, name: string) => event(id, 'credential.compromised.v1', { accessKeyId: keyId(name) });
  const leaver = (id: string, principalName: string, more: object = {}, source?: string) =>
    event(id, 'user.offboarded.v1', { principalName, ...more }, source);
  const urgent = (name: string, body: string, target: string, ends: string, letter?: string): Step => ({
    name,
    lane: 'urgent',
    body,
    target,
    ends,
    ...(letter === undefined ? {} : { letter }),
  });
  const bulk = (...step: Parameters<typeof urgent>): Step => ({ ...urgent(...step), lane: 'bulk' });
  const secret = `cwo${'x'.repeat(40)}`;
  const crowd = (n: number, ends: string, letter?: string) =>
    bulk(
      `crowd-${n}`,
      leaver(`crowd-${n}`, `coreweave/crowd-${n}`, {}, '//mass.example'),
      `coreweave/crowd-${n}`,
      ends,
      letter,
    );

  return [
    [
      urgent('leaked-key', leak('leaked-key', 'RAW'), keyId('RAW'), 'confirmed'),
      urgent(
        'leaked-by-sns',
        JSON.stringify({ Type: 'Notification', Message: leak('leaked-by-sns', 'SNS') }),
        keyId('SNS'),
        'confirmed',
      ),
      urgent(
        'leaked-by-eventbridge',
        JSON.stringify({ 'detail-type': 'leak', detail: JSON.parse(leak('leaked-by-eventbridge', 'BUS')) }),
        keyId('BUS'),
        'confirmed',
      ),
      urgent('already-revoked', leak('already-revoked', 'PAST'), keyId('PAST'), 'confirmed'),
      urgent('unknown-key', leak('unknown-key', 'NOBODY'), keyId('NOBODY'), 'not-found'),
      urgent('api-busy-429', leak('api-busy-429', 'BUSY'), keyId('BUSY'), 'confirmed'),
      urgent('api-down-503', leak('api-down-503', 'DOWN'), keyId('DOWN'), 'confirmed'),
      urgent('answer-lost', leak('answer-lost', 'LOST'), keyId('LOST'), 'confirmed'),
      urgent('api-refuses-400', leak('api-refuses-400', 'BAD'), keyId('BAD'), 'api-rejected', 'api-rejected'),
      urgent('unreadable', 'not an event', '', 'unreadable', 'unreadable'),
      urgent('unknown-type', event('unknown-type', 'user.promoted.v1', {}), '', 'unknown-type', 'unknown-type'),
      urgent(
        'secret-as-target',
        event('secret-as-target', 'credential.compromised.v1', { accessKeyId: secret }),
        '',
        'secret-like-target',
        'secret-like-target',
      ),
      bulk('leaver', leaver('leaver', LEAVER), LEAVER, 'confirmed'),
      bulk(
        'leaver-without-keys',
        leaver('leaver-without-keys', 'saml/nobody@example.com'),
        'saml/nobody@example.com',
        'no-keys',
      ),
      bulk('protected', leaver('protected', BOSS), BOSS, 'held-protected', 'held-protected'),
      bulk(
        'reinstated',
        event('reinstated', 'user.reinstated.v1', { principalName: RETURNER }),
        RETURNER,
        'reinstated',
      ),
      bulk(
        'in-a-month',
        leaver('in-a-month', LATER, { effectiveAt: new Date(now + 30 * day).toISOString() }),
        LATER,
        'held-superseded',
        'held-superseded',
      ),
      ...[1, 2, 3].map((n) => crowd(n, 'confirmed')),
    ],
    [
      bulk('leaver-of-before', leaver('leaver-of-before', RETURNER), RETURNER, 'held-superseded', 'held-superseded'),
      bulk(
        'stays-after-all',
        event('stays-after-all', 'user.reinstated.v1', { principalName: LATER }),
        LATER,
        'reinstated',
      ),
      crowd(4, 'held-limit', 'held-limit'),
    ],
  ];
}

/** A leak for the dry run, whose key stays live. */
export const dryStep = (now: number): Step => ({
  name: 'dry-run',
  lane: 'urgent',
  body: JSON.stringify({
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id: 'dry-run',
    source: '//demo.example',
    time: new Date(now).toISOString(),
    data: { accessKeyId: keyId('BYSTANDER') },
  }),
  target: keyId('BYSTANDER'),
  ends: 'would-revoke',
});

/** Key ids of the demo: readable, and of the right form. */
export function keyId(name: string): string {
  return `CWDEMO${name.padStart(10, '0')}`;
}

function key(name: string, principalName: string): NewKey {
  return { accessKeyId: keyId(name), principalName };
}
