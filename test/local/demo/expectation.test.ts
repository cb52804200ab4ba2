import { describe, expect, it } from 'vitest';
import {
  compareHistory,
  type Expectation,
  expectedReason,
  findMismatches,
  lastOutcome,
  type Observed,
} from '../../../local/demo/expectation.ts';

const busy: Expectation = { name: 'busy', target: 'CWBUSY', trail: ['throttled', 'confirmed'], attempts: 2 };
const guarded: Expectation = { name: 'guarded', target: 'saml/boss', trail: ['held-protected'], attempts: 0 };
const expectations = [busy, guarded];

const story = ({ trail, attempts }: Pick<Expectation, 'trail' | 'attempts'>) => ({ trail, attempts });
const asExpected: Observed = {
  histories: new Map(expectations.map((expected) => [expected.name, story(expected)])),
  deadLetters: [{ reason: 'held-protected', name: 'guarded', detail: 'rule: protected principal' }],
  depths: { urgent: 0, bulk: 0, deadLetters: 1 },
  keys: [
    { accessKeyId: 'CWBUSY', owner: 'saml/busy', live: false },
    { accessKeyId: 'CWBOSS', owner: 'saml/boss', live: true, survives: 'its owner is protected' },
  ],
  leaks: [],
  unreadableLines: 0,
};
const judge = (change: Partial<Observed>) => findMismatches(expectations, { ...asExpected, ...change });
const withStory = (name: string, told: { trail: readonly string[]; attempts: number }) => ({
  histories: new Map([...asExpected.histories, [name, told]]),
});

describe('the standing of an event', () => {
  it.each([
    ['nothing was told', [], 0, 'under-way'],
    ['the call was announced', [], 1, 'under-way'],
    ['the first trouble was told', ['throttled'], 1, 'under-way'],
    ['all was told, and one attempt is missing', ['throttled', 'confirmed'], 1, 'under-way'],
    ['all is told', ['throttled', 'confirmed'], 2, 'met'],
    ['it went well at once', ['confirmed'], 1, 'failed'],
    ['something came after the end', ['throttled', 'confirmed', 'confirmed'], 2, 'failed'],
    ['it took more attempts', ['throttled'], 3, 'failed'],
  ])('when %s: %#', (_, trail, attempts, expected) => {
    expect(compareHistory(busy, { trail, attempts })).toBe(expected);
  });
});

describe('an event that is replayed', () => {
  const replayed: Expectation = {
    name: 'over',
    target: '',
    trail: ['held-limit', 'replayed', 'confirmed'],
    attempts: 1,
  };
  it.each([
    [['held-limit', 'replayed', 'confirmed'], 'met'],
    [['held-limit', 'confirmed', 'replayed'], 'met'],
    [['held-limit', 'confirmed'], 'under-way'],
    [['held-limit', 'replayed', 'replayed'], 'failed'],
    [['confirmed', 'held-limit', 'replayed'], 'failed'],
  ] as const)('may have its end told before its replay, and nothing else in another order: %j', (trail, expected) => {
    expect(compareHistory(replayed, { trail, attempts: 1 })).toBe(expected);
  });
  it('ends as its lane says', () => {
    expect(lastOutcome({ trail: ['held-limit', 'confirmed', 'replayed'] })).toBe('confirmed');
  });
});

describe('the dead letter that is expected', () => {
  it('follows from the last code, if that is a reason', () => {
    expect([expectedReason(busy), expectedReason(guarded), expectedReason({ trail: [] })]).toEqual([
      undefined,
      'held-protected',
      undefined,
    ]);
  });
});

describe('the judgement', () => {
  it('is silent when all is exactly as expected', () => expect(judge({})).toEqual([]));

  it.each<[string, Partial<Observed>, readonly string[]]>([
    [
      'an event that ended in another way',
      withStory('busy', { trail: ['confirmed'], attempts: 1 }),
      ['busy: expected throttled, confirmed after 2 attempts, saw confirmed after 1 attempt'],
    ],
    [
      'an event of which nothing was heard',
      { histories: new Map([['guarded', story(guarded)]]) },
      ['busy: expected throttled, confirmed after 2 attempts, saw nothing after 0 attempts'],
    ],
    [
      'an unexpected event',
      withStory('ghost', { trail: ['confirmed'], attempts: 1 }),
      ['ghost: expected no such event, saw confirmed after 1 attempt'],
    ],
    [
      'a lost dead letter',
      { deadLetters: [], depths: { urgent: 0, deadLetters: 0 } },
      ['dead letter held-protected of guarded: expected, not seen', 'queue deadLetters: expected 1 messages, saw 0'],
    ],
    [
      'a second copy of a dead letter',
      { deadLetters: [...asExpected.deadLetters, ...asExpected.deadLetters] },
      ['dead letter held-protected of guarded: seen, not expected'],
    ],
    [
      'a dead letter of another reason',
      { deadLetters: [{ reason: 'crashed', name: 'guarded', detail: '' }] },
      [
        'dead letter held-protected of guarded: expected, not seen',
        'dead letter crashed of guarded: seen, not expected',
      ],
    ],
    [
      'keys that live and die the wrong way round',
      { keys: asExpected.keys.map((key) => ({ ...key, live: !key.live })) },
      [
        'key CWBUSY of saml/busy: expected it gone, saw it live',
        'key CWBOSS of saml/boss: expected it live, saw it gone',
      ],
    ],
    ['a message left', { depths: { urgent: 0, bulk: 2, deadLetters: 1 } }, ['queue bulk: expected 0 messages, saw 2']],
    ['a secret that came to light', { leaks: ['a dead letter'] }, ['a secret came to light in a dead letter']],
    ['a line that is no record', { unreadableLines: 1 }, ['the audit log has 1 lines that are no records']],
  ])('tells %s', (_, change, sentences) => expect(judge(change)).toEqual(sentences));
});
