/** What commands keep of the dead letters that they have read. */
import { serialize } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDeadLetters, withoutTexts } from '../../cli/dead-letters.ts';
import { readDeadLetter } from '../../lib/dead-letters/read.ts';
import { sha256, systemChance, systemClock } from '../../lib/io/node.ts';
import { EVENT_MS, keyLeak } from '../support/event-factory.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { deadLetterOf } from './dlq/dead-letters.ts';
import { enterEnvironment, type Stand, startStand } from './stand.ts';

const read = (body: string) =>
  readDeadLetter({ messageId: 'dead-1', body, attributes: {}, sentAt: EVENT_MS }, EVENT_MS, sha256);

it('withoutTexts: keeps all but what was received, in a dead letter of 250 KB', () => {
  const deadLetter = read(`${JSON.stringify(keyLeak())}${' '.repeat(250_000)}`);
  const { raw, ...facts } = deadLetter;
  expect(raw?.size).toBeGreaterThan(250_000);
  expect(withoutTexts(deadLetter)).toEqual({ ...facts, resend: { kind: 'text', body: '' } });
});

it('withoutTexts: keeps why a dead letter cannot be sent', () => {
  const raw = { sha256: 'a', size: 9, text: 'x', redacted: true, truncated: false };
  const deadLetter = read(JSON.stringify({ v: 1, reason: 'unreadable', event: null, raw }));
  expect(withoutTexts(deadLetter).resend).toEqual({ kind: 'none', code: 'redacted' });
});

describe('listDeadLetters: of many large dead letters', () => {
  const COUNT = 200;
  const SIZE = 30_000;
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand();
    enterEnvironment(stand.env);
    const text = 'x'.repeat(SIZE);
    const raw = { sha256: 'a'.repeat(64), size: SIZE, text, redacted: false, truncated: false };
    for (let n = 0; n < COUNT; n += 2) {
      await stand.addDeadLetters(deadLetterOf(keyLeak({ id: `${n}` }), { reason: 'unreadable', event: null, raw }));
      await stand.put('deadLetters', `${JSON.stringify(keyLeak({ id: `${n + 1}` }))}${' '.repeat(SIZE)}`);
    }
  });
  afterAll(() => stand.close());

  it('keeps less than 1 KB of each, whatever was received', async () => {
    const context = {
      terminal: fakeTerminal(),
      env: stand.env,
      optionWords: '',
      json: false,
      clock: systemClock,
      chance: systemChance,
    };
    const kept = await listDeadLetters(context, { expected: COUNT });
    expect(kept.length).toBe(COUNT);
    expect(new Set(kept.map(({ messageId }) => messageId)).size).toBe(COUNT);
    expect(serialize(kept).byteLength).toBeLessThan(COUNT * 1_000);
  });
});
