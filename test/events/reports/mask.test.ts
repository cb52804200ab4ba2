import { describe, expect, it } from 'vitest';
import { holdsMask, isMask, withoutMasks } from '../../../events/reports/mask.ts';

describe('isMask', () => {
  it.each([
    'REDACTED',
    'redacted',
    '[REDACTED]',
    '[REDACTED:3f9a2c1b]',
    '<redacted>',
    '[MASKED]',
    '***',
    '***REMOVED***',
    'CW***MN',
    'CW**************',
    'CWAB****WXYZ',
    'CW••••••••',
    '████████',
    'CWAB...',
    'cwo…',
    'CWAB...WXYZ',
    'CWAB…WXYZ',
  ])('sees that %s is masked', (text) => expect(isMask(text)).toBe(true));

  it.each([
    '',
    'unredacted',
    'redacted text',
    '[[redacted',
    'a**',
    'CWAB..',
    'CWAB.',
    '...CWAB',
    '…CWAB',
    'CW1GK5MZG572P7H2',
    'see a...b for more of it',
  ])('sees that %j is not', (text) => expect(isMask(text)).toBe(false));
});

describe('holdsMask', () => {
  it.each(['KEY=cwo**********', 'key: ••••••', 'key = [REDACTED]', 'password: REDACTED,'])('in %s', (text) => {
    expect(holdsMask(text)).toBe(true);
  });
  it.each(['', 'call(...args)', 'a ** b', 'unredacted', 'key = value'])('not in %j', (text) => {
    expect(holdsMask(text)).toBe(false);
  });
});

describe('withoutMasks', () => {
  it.each([
    ['KEY=CW1GK5MZG572****', ' '],
    ['a=CW1GK5MZG572P7H2 b=cwo****', 'a=CW1GK5MZG572P7H2  '],
    ['a ** b', 'a ** b'],
  ])('leaves of %j only %j', (text, left) => expect(withoutMasks(text)).toBe(left));
});
