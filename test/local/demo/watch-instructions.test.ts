import { expect, test } from 'vitest';
import { parseMessage } from '../../../lib/consume/parse-message.ts';
import { watchInstructions } from '../../../local/demo/watch-instructions.ts';
import { renderLine } from '../../../terminal/lines.ts';
import { EVENT_MS } from '../../support/event-factory.ts';

const sqsEndpoint = 'http://127.0.0.1:9324';
const queue = (name: string) => ({ url: `${sqsEndpoint}/000000000000/${name}`, arn: '' });
const queues = {
  urgent: queue('revocation-urgent'),
  bulk: queue('revocation-bulk'),
  dryRun: queue('revocation-dry-run'),
  deadLetters: queue('revocation-dead-letters'),
};
const webhooks = { url: 'http://127.0.0.1:9325', secret: 'a-shared-secret' };
const options = {
  queues,
  sqsEndpoint,
  webhooks,
  envFile: 'folder/local.env',
  auditLog: 'folder/audit.jsonl',
  now: EVENT_MS,
};
const lines = watchInstructions(options).map((line) => renderLine(line, false));
const idOf = (body: string) => {
  const [part] = parseMessage(body, { now: EVENT_MS, opensDeadLetters: true });
  return part?.kind === 'event' ? part.event.id : part?.detail;
};

test('has the whole URL of each queue', () => {
  for (const { url } of Object.values(queues)) expect(lines.some((line) => line.endsWith(`  ${url}`))).toBe(true);
});

test('watchInstructions defines `revoker` with the variables of this stack, and prints commands that use it', () => {
  expect(lines.filter((line) => line.startsWith('revoker'))).toEqual([
    'revoker() { npm run -s revoker -- "$@" --env-file folder/local.env; }',
    'revoker dlq list --detail',
    'revoker revoke --principal coreweave/bystander --wait',
    'revoker status CWDEMO0BYSTANDER',
    'revoker drill held-limit',
    'revoker audit verify folder/audit.jsonl',
    'revoker audit report folder/audit.jsonl --out report.html',
  ]);
});

test('has a request to the queue for curl, and one for aws, each with an event that is taken', () => {
  const curl = /^ {2}-d '(.*)'$/m.exec(lines.join('\n'))?.[1] ?? '';
  const { QueueUrl, MessageBody } = JSON.parse(curl);
  expect([QueueUrl, idOf(MessageBody)]).toEqual([queues.urgent.url, 'my-leak']);
  const aws = /^ {2}--message-body '(.*)'$/m.exec(lines.join('\n'))?.[1] ?? '';
  expect(idOf(aws)).toBe('my-leak');
});
