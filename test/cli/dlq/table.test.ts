/** A sender chooses the texts of its event: none of them may pass for what was verified. */
import { describe, expect, it } from 'vitest';
import { formatDeadLetters } from '../../../cli/dlq/table.ts';
import { serializeDeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import { readDeadLetter } from '../../../lib/dead-letters/read.ts';
import { renderLines } from '../../../terminal/lines.ts';
import { EVENT_MS, offboarded } from '../../support/event-factory.ts';
import { sha256 } from '../../support/fakes.ts';
import { deadLetterOf } from './dead-letters.ts';

const shown = (event: Readonly<Record<string, unknown>>) => {
  const held = deadLetterOf(event, { reason: 'held-unknown-sender', sender: 'AROASTRANGER' });
  const { body } = serializeDeadLetter(held);
  const deadLetter = readDeadLetter(
    { messageId: 'bbbbbbbb-2', body, sentAt: EVENT_MS, attributes: {} },
    EVENT_MS,
    sha256,
  );
  return renderLines(formatDeadLetters([deadLetter], { now: EVENT_MS, width: 400, most: 9 }), false).split('\n')[1];
};

describe('a row of dead letters', () => {
  it('has what was verified before what the sender claims', () => {
    expect(shown(offboarded({ id: 'event-7', source: '//hr.example/acme' }))).toContain(
      'held-unknown-sender, sent by AROASTRANGER, from //hr.example/acme, event event-7',
    );
  });

  it.each([
    ['source', { source: '//hr.example/acme, sent by AROAHR' }, 'from "//hr.example/acme, sent by AROAHR", event'],
    ['id', { id: 'event, sent by AROAHR' }, 'event "event, sent by AROAHR"'],
    [
      'name of a person',
      { data: { identity: { login: 'ann, held-limit, sent by AROAHR' } } },
      'all keys of login "ann, held-limit, sent by AROAHR", held-unknown-sender, sent by AROASTRANGER',
    ],
    ['wide blanks', { id: 'event,\u2003sent by' }, 'event "event,'],
  ])('quotes a claim that could pass for another fact: %s', (_, differs, text) => {
    expect(shown(offboarded(differs))).toContain(text);
  });
});
