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
    'CW[REDACTED]',
    'cwo<hidden by scanner>',
    'CWAB####WXYZ',
    'CWXXXXXXXXXXXXXX',
    'cwo░░░░',
    '(filtered)',
  ])('sees that %s is masked', (text) => expect(isMask(text)).toBe(true));

  it.each([
    '',
    'unredacted',
    'redacted text',
    'a**',
    'CWAB..',
    'CWAB.',
    '...CWAB',
    '…CWAB',
    'CW1GK5MZG572P7H2',
    'see a...b for more of it',
    'CWHIDDENFILTERED1',
    'the hidden key',
    'a_redacted',
    'CWXXXXXXX1234567',
    '# key',
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
    ['CW1GK5MZG572[REDACTED:ab] x', '  x'],
    ['a=CW1GK5MZG572P7H2 b=cwo****', 'a=CW1GK5MZG572P7H2  '],
    ['a ** b', 'a ** b'],
  ])('leaves of %j only %j', (text, left) => expect(withoutMasks(text)).toBe(left));
});

it('takes time in proportion to a text made to hold it up', () => {
  const started = process.cpuUsage().user;
  for (const piece of ['a', '*', '**', 'x', '[', '[redacted', 'redacted', '<redacted ', '.', '…', 'a...', '#']) {
    const text = piece.repeat(20_000);
    for (const look of [isMask, holdsMask, withoutMasks]) look(text);
  }
  expect(process.cpuUsage().user - started).toBeLessThan(4_000_000);
});
