import { describe, expect, it } from 'vitest';
import { readAuditLine } from '../../../lib/audit/read-line.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import { sha256 } from '../../../lib/io/node.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import { chatMessageOf, chatTextOf } from '../../../lib/notify/chat.ts';
import { noticeOf } from '../../../lib/notify/notice.ts';
import { eventOf, factsOf, KEY_TARGET } from '../../support/audit-facts.ts';
import { keyLeak } from '../../support/event-factory.ts';

const PLACE = { stack: { name: 'prod', region: 'eu-central-1' }, runbook: 'https://wiki.example/runbook' };
const HOLD = { phase: 'hold', reason: 'held-protected', detail: 'on PROTECTED', target: KEY_TARGET } as const;
const GONE = { phase: 'outcome', target: KEY_TARGET, outcome: 'confirmed', verifiedBy: 'read-back' } as const;

type Facts = ReturnType<typeof factsOf>;

function noticeFor(entry: Parameters<typeof factsOf>[0], event = keyLeak(), more: Partial<Facts> = {}) {
  const line = readAuditLine(asciiJson(auditRecord({ ...factsOf(entry, eventOf(event)), ...more })));
  const notice = line.kind === 'record' ? noticeOf(line.line, PLACE) : undefined;
  if (notice === undefined) throw new Error('no notice');
  return notice;
}
const messageOf = (...args: Parameters<typeof noticeFor>) => chatMessageOf(noticeFor(...args), sha256);

describe('chatMessageOf', () => {
  it('is a custom notification whose next steps are the commands of the operator', () => {
    const event = keyLeak({ id: 'alert-42', source: '//scanner.example' });
    const { id, content, metadata } = messageOf(HOLD, event);
    const words = "--source='//scanner.example' --event-id='alert-42'";
    const where = '--stack prod --region eu-central-1';
    expect(messageOf(HOLD, event)).toMatchObject({ version: '1.0', source: 'custom' });
    expect({ id, content }).toEqual({
      id: noticeFor(HOLD, event).id,
      content: {
        textType: 'client-markdown',
        title: `Held, needs action, held-protected: ${KEY_TARGET.accessKeyId}`,
        description: [
          `Target: \`${KEY_TARGET.accessKeyId}\``,
          'Sender ID: `AIDAEXAMPLE`',
          'Source: `//scanner.example`',
          'Event: `alert-42`',
          'Rule: `on PROTECTED`',
          'Mode: `enforce`',
        ].join('\n'),
        nextSteps: [
          'Read https://wiki.example/runbook#held-protected',
          `\`revoker dlq show 'alert-42' ${where}\``,
          `\`revoker dlq replay --reason=held-protected ${words} --approve ${where}\``,
        ],
      },
    });
    expect(metadata).toEqual({
      threadId: expect.stringMatching(/^[0-9a-f]{32}$/),
      summary: content.title,
      eventType: 'revocation.held.v1',
      enableCustomActions: false,
    });
  });

  it('says in whole seconds how long a revocation took, and nothing of what is not known', () => {
    const leakedAt = Date.parse(String(keyLeak().time));
    const { description } = messageOf(GONE, keyLeak(), { now: leakedAt + 61_400 }).content;
    expect(description.split('\n').slice(4)).toEqual(['Time to revoke: `61 s`', 'Mode: `enforce`']);
    const { data } = noticeFor(HOLD);
    const bare = { ...noticeFor(HOLD), data: { ...data, show: '', command: '', sender: '', detail: '', mode: '' } };
    const { content } = chatMessageOf(bare, sha256);
    expect(content.nextSteps).toEqual(['Read https://wiki.example/runbook#held-protected']);
    expect(content.description.split('\n').map((line) => line.split(':')[0])).toEqual(['Target', 'Source', 'Event']);
  });

  it('cuts texts where the chat would, and steps not at all', () => {
    const { data } = noticeFor(HOLD);
    const long = { ...noticeFor(HOLD), data: { ...data, summary: 's'.repeat(201), target: '`'.repeat(257), show: '' } };
    const withCommand = (length: number) =>
      chatMessageOf({ ...long, data: { ...long.data, command: 'c'.repeat(length) } }, sha256).content.nextSteps?.length;
    const { content, metadata } = chatMessageOf(long, sha256);
    expect([content.title, metadata.summary]).toEqual(['s'.repeat(200), 's'.repeat(200)]);
    expect(content.description.split('\n')[0]).toBe(`Target: \`${"'".repeat(256)}\``);
    // Two backquotes are put around a command.
    expect([withCommand(298), withCommand(299)]).toEqual([2, 1]);
  });

  it('has no next steps once the key is revoked, in the thread of the same event', () => {
    const gone = messageOf(GONE);
    expect(gone.content.nextSteps).toBeUndefined();
    expect(gone.metadata.threadId).toBe(messageOf(HOLD).metadata.threadId);
    expect(messageOf(HOLD, keyLeak({ id: 'other' })).metadata.threadId).not.toBe(gone.metadata.threadId);
  });

  it('shows the texts of a sender as they are, without links and mentions', () => {
    const hostile = '`<https://evil.example|click>` @here *urgent*';
    const { content } = messageOf(HOLD, keyLeak({ id: hostile }));
    const outside = content.description.split('`').filter((_, n) => n % 2 === 0);
    expect(outside.join('')).not.toMatch(/evil|@here|urgent/);
    expect(content.title).not.toContain('evil');
    // Their command would end the code in the middle.
    expect(content.nextSteps).toEqual(['Read https://wiki.example/runbook#held-protected']);
  });

  it.each([
    ['<!channel>', '(!channel)'],
    ['map<https://evil.example|click>', 'map(https://evil.example|click)'],
    ['a&lt;b', 'a?b'],
  ])('leaves nothing to read for Slack within backquotes: %s', (id, shown) => {
    const { content } = messageOf(HOLD, keyLeak({ id, source: '//scanner.example' }));
    expect(content.description.split('\n')[3]).toBe(`Event: \`${shown}\``);
    expect(content.nextSteps).toEqual(['Read https://wiki.example/runbook#held-protected']);
  });

  it('shows sender and source whatever the id of the event says, however long it is', () => {
    const id = `7 of okta://acme${' '.repeat(300)}`;
    const lines = messageOf(HOLD, keyLeak({ id, source: '//scanner.example' })).content.description.split('\n');
    expect(lines.slice(1, 3)).toEqual(['Sender ID: `AIDAEXAMPLE`', 'Source: `//scanner.example`']);
    expect(lines[3]).toMatch(/^Event: `7 of okta/);
  });

  it('names the webhook that an event came by, not only our own role that put it on the queue', () => {
    const { delivery } = factsOf(HOLD, eventOf(keyLeak()));
    const byWebhook = { delivery: { ...delivery, senderId: 'AROAINGEST:ingest', sender: 'https:standard-webhooks' } };
    expect(messageOf(HOLD, keyLeak(), byWebhook).content.description.split('\n').slice(1, 3)).toEqual([
      'Sender: `https:standard-webhooks`',
      'Sender ID: `AROAINGEST:ingest`',
    ]);
  });

  it('leaves out a command that could be cut', () => {
    const { content } = messageOf(HOLD, keyLeak({ id: 'x'.repeat(400) }));
    expect(content.nextSteps).toEqual(['Read https://wiki.example/runbook#held-protected']);
    expect(content.description.length).toBeLessThan(2_000);
  });
});

describe('chatTextOf', () => {
  it('is the message as JSON, and nothing for events of the source that makes none', () => {
    const notice = noticeFor(HOLD, keyLeak({ source: '//scanner.example' }));
    const textFor = (except: string) => chatTextOf(notice, { hash: sha256, except });
    expect(JSON.parse(textFor('//canary.example') ?? '')).toEqual(chatMessageOf(notice, sha256));
    expect(textFor('//scanner.example')).toBeUndefined();
  });
});
