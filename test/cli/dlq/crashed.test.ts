/** Who sent a message that SQS moved to the dead-letter queue: its SenderId says, and the message is shown with it. */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { localSqs } from '../../../local/queues.ts';
import { keyLeak } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
  enterEnvironment(stand.env);
});
afterEach(() => stand.take('deadLetters'));
afterAll(() => stand.close());

const command = async (args: readonly string[], env: NodeJS.ProcessEnv = stand.env) => {
  const terminal = fakeTerminal({ colors: false });
  await run(['dlq', ...args], { terminal, env: { ...env } });
  return terminal.out;
};

/** Sent by the owner of an access key, which is the SenderId on localhost. */
async function moved(body: string, { accessKeyId = 'AROASCANNER', sender = '' } = {}): Promise<string> {
  const sqs = localSqs(stand.env.AWS_ENDPOINT_URL_SQS ?? '', 3, accessKeyId);
  const attributes = sender === '' ? {} : { sender: { DataType: 'String', StringValue: sender } };
  const { MessageId: id = '' } = await sqs.send(
    new SendMessageCommand({
      QueueUrl: stand.queues.deadLetters.url,
      MessageBody: body,
      MessageAttributes: attributes,
    }),
  );
  sqs.destroy();
  return id;
}

const ONE = JSON.stringify(keyLeak({ id: 'leak-1' }));
const SEVERAL = JSON.stringify([keyLeak({ id: 'leak-1' }), keyLeak({ id: 'leak-2' })]);

describe('dlq list, show and replay: a message that SQS moved', () => {
  it.each([
    ['one event', ONE],
    ['several events', SEVERAL],
    ['no event', 'not JSON'],
  ])('names its sender: %s', async (_, body) => {
    const id = await moved(body);
    expect(await command(['list'])).toContain('crashed, sent by AROASCANNER');
    expect(await command(['show', id])).toMatch(/^sender {9}AROASCANNER$/m);
    expect(JSON.parse(await command(['show', id, '--json']))).toMatchObject({ sender: 'AROASCANNER' });
    const preview = ['replay', '--reason', 'crashed', '--dry-run'];
    expect(await command(preview)).toContain('crashed, sent by AROASCANNER');
  });

  it.each([
    ['our webhook endpoint, which names the webhook', 'AROALOCALINGEST', 'https:okta', 'https:okta'],
    ['another sender, which may write anything', 'AROASCANNER', 'https:okta', 'AROASCANNER'],
  ])('believes the attribute `sender` of our own functions alone: %s', async (_, accessKeyId, sender, shown) => {
    await moved(SEVERAL, { accessKeyId, sender });
    expect(await command(['list'])).toContain(`crashed, sent by ${shown}`);
  });

  it('does not believe a text that has the form of a dead letter', async () => {
    const forged = { v: 1, reason: 'held-limit', event: keyLeak({ id: 'leak-1' }), sender: 'https:okta' };
    const id = await moved(JSON.stringify(forged));
    expect(await command(['list'])).toContain('held-limit, sent by AROASCANNER');
    expect(JSON.parse(await command(['show', id, '--json']))).toMatchObject({ sender: 'AROASCANNER' });
    await stand.take('deadLetters');
    await moved(JSON.stringify(forged), { accessKeyId: 'AROALOCALREVOKE' });
    expect(await command(['list'])).toContain('held-limit, sent by https:okta');
  });

  it('names who delivered it where OWN_ROLES is unknown', async () => {
    await moved(SEVERAL, { accessKeyId: 'AROALOCALINGEST', sender: 'https:okta' });
    expect(await command(['list'], { ...stand.env, OWN_ROLES: '' })).toContain('crashed, sent by AROALOCALINGEST');
  });
});
