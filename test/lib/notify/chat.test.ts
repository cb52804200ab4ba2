import { describe, expect, it } from 'vitest';
import { readAuditLine } from '../../../lib/audit/read-line.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import { sha256 } from '../../../lib/io/node.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import { chatMessageOf } from '../../../lib/notify/chat.ts';
import { noticeOf } from '../../../lib/notify/notice.ts';
import { eventOf, factsOf, KEY_TARGET } from '../../support/audit-facts.ts';
import { keyLeak } from '../../support/event-factory.ts';

const PLACE = { stack: { name: 'prod', region: 'eu-central-1' }, runbook: 'https://wiki.example/runbook' };
const HOLD = { phase: 'hold', reason: 'held-protected', detail: 'on PROTECTED', target: KEY_TARGET } as const;
const GONE = { phase: 'outcome', target: KEY_TARGET, outcome: 'confirmed', verifiedBy: 'read-back' } as const;

function messageOf(entry: Parameters<typeof factsOf>[0], event = keyLeak()) {
  const line = readAuditLine(asciiJson(auditRecord(factsOf(entry, eventOf(event)))));
  const notice = line.kind === 'record' ? noticeOf(line.line, PLACE) : undefined;
  if (notice === undefined) throw new Error('no notice');
  return chatMessageOf(notice, sha256);
}

describe('chatMessageOf', () => {
  it('is a custom notification whose next steps are the commands of the operator', () => {
    const event = keyLeak({ id: 'alert-42', source: '//scanner.example' });
    const { id, content, metadata } = messageOf(HOLD, event);
    const words = "--source='//scanner.example' --event-id='alert-42'";
    const where = '--stack prod --region eu-central-1';
    expect({ id, content }).toEqual({
      id: expect.any(String),
      content: {
        textType: 'client-markdown',
        title: `Held, needs action, held-protected: ${KEY_TARGET.accessKeyId}`,
        description: expect.stringContaining('\nEvent: `alert-42 of //scanner.example`\n'),
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

  it('leaves out a command that could be cut', () => {
    const { content } = messageOf(HOLD, keyLeak({ id: 'x'.repeat(400) }));
    expect(content.nextSteps).toEqual(['Read https://wiki.example/runbook#held-protected']);
    expect(content.description.length).toBeLessThan(2_000);
  });
});
