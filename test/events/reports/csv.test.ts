import { describe, expect, it } from 'vitest';
import { recordsIn } from '../../../events/reports/csv.ts';

describe('recordsIn', () => {
  it.each<[string, string, readonly object[], number]>([
    ['a header alone', 'a,b\n', [], 0],
    [
      'rows',
      'a,b\n1,2\n3,4\n',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
      0,
    ],
    ['the last row without a line end', 'a,b\n1,2', [{ a: '1', b: '2' }], 0],
    ['line ends of Windows and empty lines', 'a,b\r\n1,2\r\n\r\n', [{ a: '1', b: '2' }], 0],
    ['quotes', 'a,b\n"1,""x""\n2",3\n', [{ a: '1,"x"\n2', b: '3' }], 0],
    [
      'empty cells',
      'a,b\n,\n"",\n',
      [
        { a: '', b: '' },
        { a: '', b: '' },
      ],
      0,
    ],
    ['a row that is too short', 'a,b\n1\n3,4\n', [{ a: '3', b: '4' }], 1],
    ['a comma at the end', 'a,b\n1,', [{ a: '1', b: '' }], 0],
    ['a cell that is cut off', 'a,b\n1,2\n3,"4', [{ a: '1', b: '2' }], 1],
    ['a quote inside a cell', 'a,b\n1,2\n3,4"5"\n6,7\n', [{ a: '1', b: '2' }], 1],
    ['nothing', '', [], 0],
  ])('reads %s', (_name, text, records, lost) => {
    expect(recordsIn(text)).toStrictEqual({ records, lost });
  });
});
