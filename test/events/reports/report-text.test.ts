import { describe, expect, it } from 'vitest';
import { entriesIn, MAX_REPORT_LENGTH } from '../../../events/reports/report-text.ts';

const entries = (...of: readonly unknown[]) => ({ kind: 'entries', entries: of, unreadable: 0 });
const refused = (why: string) => ({ kind: 'refused', why });
const NO_JSON = refused('expected JSON, whole or a value per line');

describe('entriesIn', () => {
  it.each([
    ['an array', ' [1, {"a":2}]\n', entries(1, { a: 2 })],
    ['an empty array', '[]', entries()],
    ['an object in lines', '{\n"a":\n1}\n', entries({ a: 1 })],
    ['a value per line', '{"a":1}\n[2]\nnull', entries({ a: 1 }, [2], null)],
    ['lines of Windows, some of them empty', '{"a":1}\r\n\r\n \t\r\n{"a":2}\r\n', entries({ a: 1 }, { a: 2 })],
    ['a byte order mark before all', '\uFEFF[{"a":1}]', entries({ a: 1 })],
    ['a byte order mark inside, which belongs there', '["\uFEFF"]', entries('\uFEFF')],
    ['no text', '', entries()],
    ['empty lines', '\n \r\n', entries()],
    ['lines of a log', '{"level":"info","msg":""}\n{"a":1}\n{"level":0,"msg":0}', entries({ a: 1 })],
    ['a line of a log alone', '{"level":"info","msg":""}', entries()],
    ['a level or a message alone', '{"level":1}\n{"msg":1}', entries({ level: 1 }, { msg: 1 })],
    ['runs in an array or a line', '{"runs":[]}\n{"runs":[]}', entries({ runs: [] }, { runs: [] })],
  ])('reads %s', (_name, text, expected) => {
    expect(entriesIn(text)).toStrictEqual(expected);
  });

  it('counts lines that are no JSON beside some that are', () => {
    expect(entriesIn('{"a":1}\n{"a":\n\n{"level":1,"msg":1}\nno')).toStrictEqual({
      kind: 'entries',
      entries: [{ a: 1 }],
      unreadable: 2,
    });
  });

  it('refuses what has no JSON at all', () => {
    expect(entriesIn('no\nnone')).toStrictEqual(NO_JSON);
  });

  it('refuses SARIF', () => {
    expect(entriesIn('{"runs":[]}')).toStrictEqual(
      refused('expected JSON, but this is SARIF, which gitleaks and trufflehog write without what we need: scan again'),
    );
  });

  it('takes 64 Mi characters, not more', () => {
    expect(entriesIn(`${' '.repeat(MAX_REPORT_LENGTH - 2)}[]`)).toStrictEqual(entries());
    expect(entriesIn(`${' '.repeat(MAX_REPORT_LENGTH - 1)}[]`)).toStrictEqual(
      refused('expected at most 64 MiB: scan in parts'),
    );
  });
});
