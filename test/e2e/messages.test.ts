import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fault } from '../../local/coreweave/faults.ts';
import { keyLeak } from '../support/event-factory.ts';
import { type Letter, type Stack, startStack } from './stack.ts';
import { until } from './wait.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

const key = (name: string): string => {
  const id = `CWMSG${name.padStart(9, '0')}`;
  stack.api.store.add({ accessKeyId: id, principalName: 'coreweave/owner' });
  return id;
};
const leak = (id: string, accessKeyId: string) => keyLeak({ id, data: { accessKeyId } });
const ended = (id: string) =>
  until(`the end of ${id}`, () => (stack.trail(id).some((step) => !step.startsWith('intent')) ? true : undefined));
const letters: Letter[] = [];
const letterWith = (what: (letter: Letter) => boolean) =>
  until('a dead letter', async () => {
    letters.push(...(await stack.deadLetters()));
    return letters.find(what);
  });

describe('a message', () => {
  it.each<[string, (event: object) => unknown]>([
    ['of SNS', (event) => ({ Type: 'Notification', Message: JSON.stringify(event) })],
    ['of EventBridge', (event) => ({ 'detail-type': 'any', detail: event })],
    [
      'of EventBridge through SNS',
      (event) => ({ Type: 'Notification', Message: JSON.stringify({ 'detail-type': 'x', detail: event }) }),
    ],
    ['that is a batch', (event) => [event]],
  ])('%s is unwrapped and acted on', async (name, wrap) => {
    const id = `wrapped ${name}`;
    const accessKeyId = key(
      name
        .replace(/[^a-z]/gi, '')
        .toUpperCase()
        .slice(-9),
    );
    await stack.send('urgent', JSON.stringify(wrap(leak(id, accessKeyId))));
    await ended(id);
    expect(stack.api.store.status(accessKeyId)).toBe('DELETED');
  });

  it('with one bad event among good ones does the good and makes one letter of the bad', async () => {
    const [first, second] = [key('GOOD1'), key('GOOD2')];
    const batch = [leak('good-1', first), { ...leak('bad', 'CWX'), specversion: '9' }, leak('good-2', second)];
    await stack.send('urgent', JSON.stringify(batch));
    await Promise.all([ended('good-1'), ended('good-2')]);
    const letter = await letterWith(({ raw }) => raw?.text?.includes('good-1') === true);
    expect(letter.reason).toBe('invalid');
    expect([first, second].map((id) => stack.api.store.status(id))).toEqual(['DELETED', 'DELETED']);
  });

  it('that is a dead letter sent back by hand acts again', async () => {
    const accessKeyId = key('BACK');
    stack.api.faults.plan('revoke-key', fault.status(400), { target: accessKeyId });
    await stack.send('urgent', JSON.stringify(leak('sent-back', accessKeyId)));
    const letter = await letterWith(({ event }) => event?.id === 'sent-back');
    await stack.send('urgent', JSON.stringify(letter));
    await until('the key to go', () => (stack.api.store.status(accessKeyId) === 'DELETED' ? true : undefined));
    await stack.idle();
    expect(stack.trail('sent-back')).toEqual([
      'intent:intent',
      'outcome:rejected',
      'dead-letter:api-rejected',
      'intent:intent',
      'outcome:confirmed',
    ]);
  });
});
