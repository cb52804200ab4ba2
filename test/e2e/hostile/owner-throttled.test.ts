/** End to end: a sender who exhausts the API's rate limit gets no protected key revoked. Needs `npm run build`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fault } from '../../../local/coreweave/faults.ts';
import { keyLeak } from '../../support/event-factory.ts';
import { recordOf } from '../direct.ts';
import { leakOf, type Rig, type Started, startRig } from '../rig.ts';

const PROTECTED = [{ principalName: 'coreweave/backup', owner: 'platform', reason: 'backups' }];
const SELF = 'coreweave/revoker';
const env = { PROTECTED: JSON.stringify(PROTECTED), SELF_PRINCIPAL: SELF };
const KEYS = ['CWBACKUP00000001', 'CWREVOKER0000001'];

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  const [backup = '', own = ''] = KEYS;
  rig.api.store.add(
    { accessKeyId: backup, principalName: 'coreweave/backup' },
    { accessKeyId: own, principalName: SELF },
  );
});
afterAll(() => rig.close());

/** One message with 1,000 events about the keys. */
const flood = (id: string) =>
  recordOf(
    id,
    JSON.stringify(
      Array.from({ length: 1_000 }, (_, n) => keyLeak({ id: `${id}-${n}`, data: { accessKeyId: KEYS[n % 2] } })),
    ),
    rig.queues.urgent.arn,
  );

type OverLimit = Rig['api']['switches']['overLimit'];

/** So many calls in each second; the bucket then starts empty. */
function perSecond(limit: number, methods: readonly string[] = ['GET', 'POST']): OverLimit {
  const calls = new Map<number, number>();
  return ({ method, at }) => {
    const second = Math.floor(at / 1_000);
    const before = calls.get(second) ?? 0;
    if (methods.includes(method)) calls.set(second, before + 1);
    return methods.includes(method) && before >= limit;
  };
}

function tokenBucket(limit: number): OverLimit {
  let [tokens, last] = [0, 0];
  return ({ at }) => {
    tokens = Math.min(limit, tokens + ((at - (last || at)) * limit) / 1_000);
    last = at;
    if (tokens < 1) return true;
    tokens -= 1;
    return false;
  };
}

const state = (fn: Started) => ({
  statuses: KEYS.map((id) => rig.api.store.status(id)),
  posted: rig.api.requests.filter(({ call }) => call === 'revoke-key').length,
  unknown: fn.audit.filter(({ status_detail }) => status_detail === 'owner-unknown').length,
});
const UNTOUCHED = { statuses: ['ACTIVE', 'ACTIVE'], posted: 0, unknown: 0 };

describe('one message with 1,000 leaks of two protected keys', () => {
  it.each<[string, () => OverLimit]>([
    ['20 calls a second', () => perSecond(20)],
    ['100 calls a second', () => perSecond(100)],
    ['300 calls a second', () => perSecond(300)],
    ['a token bucket of 20 calls a second', () => tokenBucket(20)],
    ['20 reads a second', () => perSecond(20, ['GET'])],
    ['no read at all', () => perSecond(0, ['GET'])],
  ])('gets none of them revoked at an API limited to %s', async (_name, overLimit) => {
    const fn = rig.start(env, 2_500);
    rig.api.switches.overLimit = overLimit();
    await fn.invoke({ Records: [flood('limited')] });
    rig.api.switches.overLimit = () => false;
    expect(state(fn)).toEqual(UNTOUCHED);
  });

  it('holds each event once the API answers', async () => {
    const fn = rig.start(env);
    expect(await fn.invoke({ Records: [flood('served')] })).toEqual({ batchItemFailures: [] });
    const held = fn.audit.filter(({ status_detail }) => status_detail === 'held-protected');
    expect([held.length, rig.api.requests.filter(({ call }) => call === 'revoke-key')]).toEqual([1_000, []]);
  });
});

describe('a leak whose owner read is throttled', () => {
  it('is revoked at once if a key listing shows that its owner is not protected', async () => {
    const fn = rig.start(env);
    const [id = ''] = rig.keys(1);
    rig.api.faults.plan('read-key', fault.status(429), { target: id, times: 2 });
    expect(await fn.invoke({ Records: rig.recordsOf([id]) })).toEqual({ batchItemFailures: [] });
    expect(fn.trail(id)).toEqual(['intent:intent', 'outcome:confirmed']);
  });

  it('is retried after the API’s Retry-After if no listing can be read either', async () => {
    const fn = rig.start(env);
    const [id = ''] = rig.keys(1);
    const planned = fault.status(503, { retryAfter: '7' });
    rig.api.faults.plan('read-key', planned, { target: id });
    rig.api.faults.plan('list-keys', planned);
    const asked = rig.queueRequests.length;
    expect(await fn.invoke({ Records: [recordOf(id, leakOf(id), rig.queues.urgent.arn)] })).toEqual({
      batchItemFailures: [{ itemIdentifier: id }],
    });
    expect([fn.trail(id), rig.api.store.status(id)]).toEqual([[], 'ACTIVE']);
    const [returned] = rig.queueRequests.slice(asked).filter(({ action }) => action.startsWith('ChangeMessageVis'));
    expect(JSON.stringify(returned?.body)).toContain('"VisibilityTimeout":7');
  });
});
