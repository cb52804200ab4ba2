/** Following an event: what is looked at, how often, and when it ends. */
import { describe, expect, it } from 'vitest';
import { readKeyState, type WaitContext, waitForKey, waitForPrincipal } from '../../../cli/revoke/wait.ts';
import { parseEvent } from '../../../events/canonical.ts';
import { accessKeyId } from '../../../events/ids.ts';
import { serializeDeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import { readDeadLetter } from '../../../lib/dead-letters/read.ts';
import type { EventRow } from '../../../lib/ledger/event-row.ts';
import { rowData } from '../../../lib/ledger/event-row.ts';
import { eventKey } from '../../../lib/ledger/events.ts';
import { EVENT_MS, KEY_ID, offboarded, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { memoryPorts, openOutside, sha256 } from '../../support/memory-ports.ts';
import { deadLetterOf } from '../dlq/dead-letters.ts';

describe('following', () => {
  const parsed = parseEvent(offboarded(), EVENT_MS);
  if (parsed.kind !== 'event' || parsed.event.type !== 'user.offboarded.v1') throw new Error('no offboarding');
  const { event } = parsed;
  const owner = 'principalName' in event.data ? event.data.principalName : undefined;
  if (owner === undefined) throw new Error('no principal');
  const key = { accessKeyId: KEY_ID, principalName: SAML_PRINCIPAL };
  const accessKey = accessKeyId.parse(KEY_ID);

  const world = (seconds: number) => {
    const outside = openOutside(EVENT_MS);
    outside.store.add(key);
    const ports = memoryPorts(outside);
    const asked: string[] = [];
    let deadLetter: ReturnType<typeof readDeadLetter> | undefined;
    const following: WaitContext = {
      ports,
      findDeadLetter: async ({ id }) => {
        asked.push(id);
        return deadLetter;
      },
      timeoutMs: 1_000,
      endsAt: EVENT_MS + seconds * 1_000,
      shouldStop: () => false,
    };
    const put = (state: EventRow['state']) => {
      const row = {
        state,
        bodyHash: '',
        time: event.time,
        holder: '',
        leaseUntil: 0,
        principals: [owner],
        late: true,
        checked: {},
      };
      return ports.table
        .get(eventKey(ports, event))
        .then((seen) =>
          ports.table.put(
            { pk: eventKey(ports, event), version: (seen?.version ?? 0) + 1, data: rowData(row) },
            seen?.version,
          ),
        );
    };
    const addDeadLetters = () => {
      const { body, attributes } = serializeDeadLetter(deadLetterOf(offboarded(), { reason: 'held-stale' }));
      deadLetter = readDeadLetter({ messageId: 'm', body, attributes, sentAt: EVENT_MS }, EVENT_MS, sha256);
    };
    return { outside, following, asked, put, addDeadLetters };
  };

  it('a key ends when the API shows it gone, at the next look', async () => {
    const { outside, following, asked } = world(60);
    const followed = outside.clock.run(waitForKey(following, event, accessKey, 'live'));
    void outside.clock.sleep(2_500).then(() => outside.store.revokeKey(KEY_ID));
    expect(await followed).toEqual({ kind: 'gone' });
    expect({ tookMs: outside.clock.now() - EVENT_MS, asked }).toEqual({ tookMs: 3_000, asked: [event.id] });
  });

  it.each([
    ['live', 'gone', 'gone'],
    ['live', 'not-found', 'gone'],
    ['gone', 'gone', 'gone-before'],
    ['gone', 'not-found', 'gone-before'],
    ['not-found', 'not-found', 'not-found'],
    ['not-found', 'gone', 'gone'],
    ['unreadable', 'not-found', 'not-found'],
    ['unreadable', 'gone', 'gone'],
  ] as const)('a key that was %s before and is %s now ends as %s', async (before, now, kind) => {
    const { outside, following } = world(60);
    if (now === 'gone') outside.store.revokeKey(KEY_ID);
    const sought = now === 'gone' ? accessKey : accessKeyId.parse('CWNEVERTHERE0');
    expect((await outside.clock.run(readKeyState(following.ports.api, sought, 1_000))).state).toBe(now);
    expect(await outside.clock.run(waitForKey(following, event, sought, before))).toEqual({ kind });
  });

  it('a key that was live before is revoked once it is not found', async () => {
    const { outside, following } = world(60);
    const followed = outside.clock.run(waitForKey(following, event, accessKey, 'unreadable'));
    void outside.clock.sleep(1_500).then(() => outside.store.purge(KEY_ID));
    expect(await followed).toEqual({ kind: 'gone' });
  });

  it('reads the dead-letter queue of a key at the third poll and every fifth after it', async () => {
    const { outside, following, asked, addDeadLetters } = world(60);
    const followed = outside.clock.run(waitForKey(following, event, accessKey, 'live'));
    void outside.clock.sleep(5_000).then(addDeadLetters);
    expect(await followed).toMatchObject({ kind: 'dead-letter', deadLetter: { reason: 'held-stale' } });
    expect(asked).toHaveLength(2);
  });

  it('ends when time is up or it is halted, with what was seen last', async () => {
    const { outside, following } = world(3);
    expect(await outside.clock.run(waitForKey(following, event, accessKey, 'live'))).toMatchObject({
      kind: 'pending',
      seen: 'the key is live',
    });
    expect(outside.clock.now() - EVENT_MS).toBe(3_000);
    const halted = { ...following, endsAt: Number.POSITIVE_INFINITY, shouldStop: () => true };
    expect(await outside.clock.run(waitForPrincipal(halted, event, owner, []))).toEqual({
      kind: 'stopped',
      seen: 'nothing has taken it up',
    });
  });

  it('a principal ends when the ledger says done, with the keys that are live then', async () => {
    const { outside, following, put } = world(60);
    await put('open');
    const followed = outside.clock.run(waitForPrincipal(following, event, owner, [KEY_ID]));
    void outside.clock.sleep(1_500).then(() => put('done'));
    expect(await followed).toEqual({ kind: 'done', live: [KEY_ID] });
    outside.store.revokeKey(KEY_ID);
    expect(await outside.clock.run(waitForPrincipal(following, event, owner, [KEY_ID]))).toEqual({
      kind: 'done',
      live: [],
    });
    expect(await outside.clock.run(waitForPrincipal(following, event, owner, undefined))).toEqual({
      kind: 'done',
      live: [],
    });
    expect(await outside.clock.run(waitForPrincipal(following, event, owner, []))).toEqual({ kind: 'no-keys' });
  });

  it('a principal whose row is held ends with its dead letter once it is visible', async () => {
    const { outside, following, asked, put, addDeadLetters } = world(60);
    await put('held');
    const followed = outside.clock.run(waitForPrincipal(following, event, owner, [KEY_ID]));
    void outside.clock.sleep(1_500).then(addDeadLetters);
    expect(await followed).toMatchObject({ kind: 'dead-letter', deadLetter: { reason: 'held-stale' } });
    expect(asked).toHaveLength(3);
  });
});
