/** What stands around the values of a report, and texts that are none. */
import { describe, expect, it } from 'vitest';
import { MAX_REPORT_LENGTH, valuesIn } from '../../../events/reports/report-text.ts';

const values = (...of: readonly unknown[]) => ({ kind: 'values', values: of, lost: 0, errors: 0 });
const refused = (why: RegExp) => ({ kind: 'refused', why: expect.stringMatching(why) });
const EMPTY = refused(/^the report is empty, .*pipefail/);
const NO_JSON = refused(/^expected a report in JSON, SARIF or CSV, but this text is none/);
const ESC = '\u001b';

describe('valuesIn', () => {
  it.each([
    ['an array', ' [1, {"a":2}]\n', values([1, { a: 2 }])],
    ['an empty array', '[]', values([])],
    ['null', 'null\n', values(null)],
    ['an object in lines', '{\n"a":\n1}\n', values({ a: 1 })],
    ['a value per line', '{"a":1}\n[2]\nnull', values({ a: 1 }, [2], null)],
    ['values behind one another', '{"a":1}{"a":2} [3][4]', values({ a: 1 }, { a: 2 }, [3], [4])],
    ['values over many lines', '[\n {\n  "a": "]}"\n }\n]\n[\n]\n', values([{ a: ']}' }], [])],
    ['lines of Windows, some of them empty', '{"a":1}\r\n\r\n \t\r\n{"a":2}\r\n', values({ a: 1 }, { a: 2 })],
    ['a byte order mark before all', '\uFEFF[{"a":1}]', values([{ a: 1 }])],
    ['a byte order mark inside, which belongs there', '["\uFEFF"]', values(['\uFEFF'])],
    ['escaped quotes', '{"a":"\\"}\\\\"}\n{"b":"\\\\"}', values({ a: '"}\\' }, { b: '\\' })],
    ['colors of jq', `${ESC}[1;39m{\n  ${ESC}[0m${ESC}[34;1m"a"${ESC}[0m: 1}\n${ESC}[1;39m{}`, values({ a: 1 }, {})],
    [
      'what a program asks a terminal',
      `${ESC}]11;?${ESC}\\${ESC}[6n{"a":1}\n${ESC}]0;title\u0007[2]`,
      values({ a: 1 }, [2]),
    ],
    ['lines of a log', '{"level":"info","msg":""}\n{"a":1}\n{"level":0,"msg":0}', values({ a: 1 })],
    ['a line of a log alone', '{"level":"info","msg":""}', values()],
    ['a level or a message alone', '{"level":1}\n{"msg":1}', values({ level: 1 }, { msg: 1 })],
    ['a banner', '🐷🔑🐷  TruffleHog. Unearth your secrets. 🐷🔑🐷\n\n{"a":1}', values({ a: 1 })],
    [
      'the log of gitleaks',
      `    ○\n    │╲ gitleaks\n9:30AM INF scanned ~12 bytes\n9:30AM WRN leaks found: 2\n[{"a":1}]`,
      values([{ a: 1 }]),
    ],
    ['lines that begin like an array', '[INFO] scanning\n[2026-11-23] done\n{"a":1}', values({ a: 1 })],
    [
      'what a CI system puts before each line',
      '[2026-11-23T09:30:00Z] {"a":1}\nscan-1  | {"a":2}',
      values({ a: 1 }, { a: 2 }),
    ],
    ['runs of SARIF', '{"runs":[]}', values({ runs: [] })],
    ['CSV of gitleaks', 'RuleID,Commit,File\nr,c,"a\nb"\n', values([{ RuleID: 'r', Commit: 'c', File: 'a\nb' }])],
  ])('reads %s', (_name, text, expected) => {
    expect(valuesIn(text)).toStrictEqual(expected);
    expect(valuesIn(Buffer.from(text))).toStrictEqual(expected);
    expect(valuesIn(Buffer.from(`\uFEFF${text.replace(/^\uFEFF/, '')}`, 'utf16le'))).toStrictEqual(expected);
  });

  it.each([
    ['a line', '{"a":1}\n{"a":\n{"a":2}', [{ a: 1 }, { a: 2 }], 1],
    ['a line in a string', '{"a":1}\n{"a":"x\n{"a":2}', [{ a: 1 }, { a: 2 }], 1],
    ['the end of a line', '{"a":1}\nx","b":2}\n{"a":2}', [{ a: 1 }, { a: 2 }], 1],
    ['an array in one line', '[{"a":1},{"a":2},{"a":', [{ a: 1 }, { a: 2 }], 2],
    ['an array over many lines', '[\n {\n  "a": 1\n },\n {\n  "a"', [{ a: 1 }], 2],
    ['a row of CSV', 'RuleID,Commit,File\nr,c,f\nr,c', [[{ RuleID: 'r', Commit: 'c', File: 'f' }]], 1],
  ])('counts what is lost where %s is cut off', (_name, text, read, lost) => {
    expect(valuesIn(text)).toStrictEqual({ kind: 'values', values: read, lost, errors: 0 });
  });

  it.each([
    ['of trufflehog', '{"level":"error","msg":"x"}\n{"level":"fatal","msg":"x"}\n{"level":"info-0","msg":"error"}', 2],
    [
      'of a file that is no archive',
      '{"level":"error","msg":"error unarchiving chunk.","error":"no formats matched"}',
      0,
    ],
    ['of gitleaks', '9:30AM ERR x error="stderr is not empty"\n9:30AM FTL x\n9:30AM INF x\n[]', 2],
    ['of a shell', 'fatal: not a git repository\npanic: runtime error\nerror: x\nnone\n[]', 3],
  ])('counts what a log says of errors, here %s', (_name, text, errors) => {
    expect(valuesIn(text)).toMatchObject({ kind: 'values', lost: 0, errors });
  });

  it.each([
    ['no text', '', EMPTY],
    ['blanks', ' \n\r\n\t', EMPTY],
    ['nothing but colors', `${ESC}[0m\n`, EMPTY],
    ['a shell’s answer', 'bash: gitleaks: command not found\n', NO_JSON],
    ['two words', 'no\nnone', NO_JSON],
    ['a page', '<!DOCTYPE html><html><body>502</body></html>', refused(/but this is HTML/)],
    ['a page without a type', '\n<HTML>', refused(/but this is HTML/)],
    [
      'JUnit that quotes a finding',
      '<?xml version="1.0"?>\n<testsuites><failure>{"RuleID":"x"}</failure></testsuites>',
      refused(/but this is XML/),
    ],
    ['JUnit', '<?xml version="1.0"?>\n<testsuites></testsuites>', refused(/but this is XML .*--report-format json/)],
    [
      'trufflehog for people',
      'Found unverified result 🐷🔑❓\nDetector Type: X\n',
      refused(/^this is the text output of trufflehog: .*--json/),
    ],
    [
      'gitleaks for people',
      'Finding:     x\nSecret:      x\nRuleID:      x\n',
      refused(/^this is the text output of gitleaks/),
    ],
    ['GitHub Actions', '::warning file=a,line=1,endLine=1::Found x\n', refused(/^this is output for GitHub Actions/)],
    ['what is cut off', '[{"a":"x" "b":', refused(/^the report is damaged or cut off/)],
  ])('refuses %s', (_name, text, expected) => expect(valuesIn(text)).toStrictEqual(expected));

  it('takes 64 Mi characters, not more', () => {
    expect(valuesIn(`${' '.repeat(MAX_REPORT_LENGTH - 2)}[]`)).toStrictEqual(values([]));
    expect(valuesIn(`${' '.repeat(MAX_REPORT_LENGTH - 1)}[]`)).toStrictEqual({
      kind: 'refused',
      why: 'expected at most 64 MiB: scan in parts',
    });
  });

  it('takes time in proportion to a text made to hold it up', () => {
    const started = process.cpuUsage().user;
    const pieces = [
      '[',
      '{',
      '{"a":[',
      '[{"a":1},',
      '{"a":"',
      '\n{"a":1',
      '\n[',
      `${ESC}]`,
      '"',
      '[1 2]',
      '[[x]]',
      ',',
      '[ ',
    ];
    for (const piece of pieces) for (const end of ['', ']', '}', '\n']) valuesIn(piece.repeat(60_000) + end);
    expect(process.cpuUsage().user - started).toBeLessThan(15_000_000);
  });
});
