/** Notices for chat with an SNS stub on localhost, which implements PublishBatch of the query protocol. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNoticeTopic } from '../../../../lib/io/aws/sns.ts';
import { sha256 } from '../../../../lib/io/node.ts';
import { chatTextOf } from '../../../../lib/notify/chat.ts';
import type { Notice } from '../../../../lib/notify/notice.ts';
import { type Listening, listenOnLoopback } from '../../../../local/listen.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:notices';
const CANARY = '//canary.revocation';
const ENTRY = /^PublishBatchRequestEntries\.member\.\d+\.Message$/;

const messageOf = (notice: Notice) => chatTextOf(notice, { hash: sha256, except: CANARY });

let server: Listening;
let published: string[];
/** By index of the entry in its call: how it is answered. */
let answers: readonly ('failed' | 'silent')[];
beforeAll(async () => {
  server = await listenOnLoopback(
    createServer(async (request, response) => {
      const query = new URLSearchParams(await text(request));
      const messages = [...query].filter(([name]) => ENTRY.test(name)).map(([, message]) => message);
      const members = (failed: boolean): string =>
        messages
          .flatMap((_, n) => (answers[n] === 'silent' || (answers[n] === 'failed') !== failed ? [] : [n]))
          .map((n) => `<member><Id>${n}</Id>${failed ? '<Code>InternalError</Code>' : `<MessageId>${n}</MessageId>`}`)
          .map((member) => `${member}</member>`)
          .join('');
      published.push(...messages.filter((_, n) => answers[n] === undefined));
      const known = query.get('Action') === 'PublishBatch' && query.get('TopicArn') === TOPIC && messages.length <= 10;
      const result = `<Successful>${members(false)}</Successful><Failed>${members(true)}</Failed>`;
      response.writeHead(known ? 200 : 400, { 'content-type': 'text/xml' });
      response.end(`<PublishBatchResponse><PublishBatchResult>${result}</PublishBatchResult></PublishBatchResponse>`);
    }),
  );
});
beforeEach(() => {
  [published, answers] = [[], []];
});
afterAll(() => server.close());

const topic = () =>
  createNoticeTopic({
    topicArn: TOPIC,
    messageOf,
    overrides: {
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    },
  });

const noticeOf = (id: string, source = '//scanner.example'): Notice => ({
  specversion: '1.0',
  type: 'revocation.held.v1',
  id,
  source: '//revocation-handler/notices',
  time: '2026-11-23T09:30:04.000Z',
  data: {
    summary: 'Held, needs action, held-limit: x',
    code: 'held-limit',
    detail: 'rule',
    target: 'x',
    mode: 'enforce',
    lane: 'urgent',
    event: { type: 'credential.compromised.v1', source, id: 'alert-42', time: '2026-11-23T09:30:00Z' },
    sender: 'AROAEXAMPLE:scanner',
    runbook: 'RUNBOOK.md#held-limit',
    show: '',
    command: '',
  },
});

describe('createNoticeTopic', () => {
  it('publishes each notice as a custom notification, up to ten a call', async () => {
    const { put } = topic();
    await Promise.all(Array.from({ length: 12 }, (_, n) => put(noticeOf(`notice-${n}`))));
    const messages = published.map((message) => JSON.parse(message));
    expect(messages).toHaveLength(12);
    expect(messages[0]).toMatchObject({ version: '1.0', source: 'custom', id: 'notice-0' });
  });

  it('publishes nothing about the canary', async () => {
    await topic().put(noticeOf('canary', CANARY));
    expect(published).toEqual([]);
  });

  it('rejects for the notices that the topic did not take', async () => {
    answers = ['failed', 'silent'];
    const { put } = topic();
    const results = await Promise.allSettled(['a', 'b'].map((id) => put(noticeOf(id))));
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual([
      'InternalError',
      'unaccounted',
    ]);
  });

  it('rejects where the topic cannot be reached', async () => {
    const unreachable = createNoticeTopic({
      topicArn: TOPIC,
      messageOf,
      overrides: {
        endpoint: 'http://127.0.0.1:9',
        region: 'us-east-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
        maxAttempts: 1,
      },
    });
    await expect(unreachable.put(noticeOf('a'))).rejects.toMatchObject({ name: 'NoticeError' });
  });
});
