import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rawText, serializeDeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import { createJournal } from '../../../local/demo/journal.ts';
import { createLogObserver } from '../../../local/demo/log-observer.ts';
import { composeSecret } from '../../../local/demo/scenario.ts';
import { parseDeadLetter, receivedHash } from '../../../local/demo/session.ts';
import { check, EVENT_TIME } from '../../support/event-factory.ts';
import { HASH, line } from './entries.ts';

describe('a dead letter', () => {
  const journal = createJournal();
  journal.setName(HASH, 'garbage');
  const seen = { lane: 'bulk', attempts: 1, firstSeen: EVENT_TIME, lastSeen: EVENT_TIME } as const;
  const rest = { ...seen, lastStatus: null, replays: 0, messageId: 'm1' };

  it('without an event is told by the hash of what was received', () => {
    const raw = rawText('not an event', () => HASH);
    const { body } = serializeDeadLetter({ ...rest, reason: 'unreadable', detail: 'expected JSON', event: null, raw });
    expect(parseDeadLetter(body, journal)).toEqual({ reason: 'unreadable', name: 'garbage', detail: 'expected JSON' });
  });

  it('without an event, of a body with a secret, is told by the hash of what is left of the body', () => {
    const body = JSON.stringify({ accessKeyId: composeSecret() });
    journal.setName(receivedHash(body), 'secret');
    const raw = rawText(body, (text) => createHash('sha256').update(text).digest('hex'));
    const deadLetter = serializeDeadLetter({ ...rest, reason: 'unreadable', detail: 'a secret', event: null, raw });
    expect(parseDeadLetter(deadLetter.body, journal)).toEqual({
      reason: 'unreadable',
      name: 'secret',
      detail: 'a secret',
    });
  });

  it('that the queue itself has moved is the message, of reason crashed', () => {
    const crashed = { reason: 'crashed', detail: 'moved by the queue' };
    for (const body of ['not an event', '{"specversion":"1.0"}']) {
      const sha256 = createHash('sha256').update(body).digest('hex');
      expect(parseDeadLetter(body, journal)).toEqual({ ...crashed, name: `message ${sha256.slice(0, 8)}` });
    }
  });
});

describe('what is heard', () => {
  const hear = () => {
    const told: string[] = [];
    const hearing = createLogObserver({
      onEntry: (name, { code }) => told.push(`${name} ${code}`),
      onLog: (text) => told.push(text),
    });
    return { hearing, told, hooks: hearing.hooks };
  };

  it('is told on, and lines of the audit log that are no records are counted', () => {
    const { hearing, told, hooks } = hear();
    hooks.onAudit(line({ phase: 'note', name: 'Reinstatement', detail: 'reinstated' }, { id: 'e1' }));
    hooks.onAudit('debug output');
    hooks.onLog('{"code":"retry"}');
    expect(told).toEqual(['e1 reinstated', '{"code":"retry"}']);
    expect([hearing.unreadableLines, [...hearing.leaks]]).toEqual([1, []]);
  });

  it('is looked at for the secret, wherever it shows', () => {
    const { hearing, hooks } = hear();
    hooks.onAudit(`oops ${composeSecret()}`);
    hooks.onLog(composeSecret());
    hearing.searchForSecret('a dead letter', JSON.stringify({ raw: composeSecret() }));
    hearing.searchForSecret('another dead letter', 'nothing');
    expect([...hearing.leaks]).toEqual(['the audit log', 'the operational log', 'a dead letter']);
  });

  it('names a follow-up check after its parent, before the queue has it', () => {
    const { told, hooks } = hear();
    const data = { parent: { source: '//x', id: 'offboarded' }, principalName: 'saml/a', generation: 1 };
    const body = { Entries: [{ Id: '0', MessageBody: JSON.stringify(check({ id: 'c1', data })), DelaySeconds: 60 }] };
    hooks.onRequest?.({ action: 'SendMessageBatch', queueName: 'bulk', body });
    hooks.onAudit(line({ phase: 'note', name: 'Follow-up Check', detail: 'late-keys: 0' }, { id: 'c1' }));
    expect(told).toEqual(['late-key late-keys: 0']);
    expect(body.Entries[0]?.DelaySeconds).toBe(1);
  });
});
