import { describe, expect, it } from 'vitest';
import { cut, painter, table } from '../../../local/demo/table.ts';

const plain = painter(false, {});

describe('the painter', () => {
  it.each([
    ['a terminal', true, {}, '\u001b[32mok\u001b[0m'],
    ['a terminal, NO_COLOR being empty', true, { NO_COLOR: '' }, '\u001b[32mok\u001b[0m'],
    ['a terminal that wants no colour', true, { NO_COLOR: '1' }, 'ok'],
    ['a pipe', false, {}, 'ok'],
  ])('on %s', (_, isTerminal, env, expected) => expect(painter(isTerminal, env)('ok', 'green')).toBe(expected));
});

describe('a cut text', () => {
  it('is as long as it may be, its end shown by a mark', () => {
    expect(['1234', '12345', '123456', ''].map((text) => cut(text, 5))).toEqual(['1234', '12345', '1234…', '']);
    expect(cut('12', -3)).toBe('…');
  });
});

describe('a table', () => {
  it('aligns its columns by their widest cell and leaves no spaces at the ends of lines', () => {
    const rows = [
      ['leaked-key', 'confirmed'],
      ['x', ''],
    ];
    expect(table(['event', 'outcome'], rows, { paint: plain, width: 100 })).toEqual([
      'event       outcome',
      '----------  ---------',
      'leaked-key  confirmed',
      'x',
    ]);
    expect(table(['event'], [], { paint: plain, width: 100 })).toEqual(['event', '-----']);
  });

  it('colours a cell that asks for it, without harm to the columns', () => {
    const paint = painter(true, {});
    const [, , row] = table(['a', 'b'], [[{ text: 'x', colour: 'red' }, 'y']], { paint, width: 100 });
    expect(row).toBe('\u001b[31mx\u001b[0m  y');
  });

  it('cuts the last column, or the one that is named, where the terminal is too narrow', () => {
    const rows = [['12345678901', '12345678901', '1']];
    const lines = (flexible?: number) =>
      table(['a', 'b', 'c'], rows, { paint: plain, width: 24, ...(flexible === undefined ? {} : { flexible }) }).at(-1);
    expect(lines(1)).toBe('12345678901  1234567…  1');
    // Neither column 1 nor the last one is ever cut below what can be read.
    expect(lines()).toBe('12345678901  12345678901  1');
    const [, , narrow] = table(['a', 'b'], [['12', '123456789012']], { paint: plain, width: 14 });
    expect(narrow).toBe('12  123456789…');
  });
});
