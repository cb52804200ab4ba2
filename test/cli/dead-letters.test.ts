/** What commands keep of the dead letters that they have read. */
import { expect, it } from 'vitest';
import { withoutTexts } from '../../cli/dead-letters.ts';
import { readDeadLetter } from '../../lib/dead-letters/read.ts';
import { sha256 } from '../../lib/io/node.ts';
import { EVENT_MS, keyLeak } from '../support/event-factory.ts';

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
