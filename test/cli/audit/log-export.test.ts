/** The forms in which the events of a log are given out. */
import { describe, expect, it } from 'vitest';
import { extractEvents, splitLines } from '../../../cli/audit/log-export.ts';
import { startEnvironment } from '../../support/audit-chains.ts';
import { seededChance } from '../../support/seeded-chance.ts';

const environment = startEnvironment(seededChance(1));
environment.revoke('alert-"1"\\');
const [A = '', B = ''] = environment.lines;

/** As records of 0.1.0 begin. */
const inOldOrder = (line: string): string => {
  const { activity_id, ...others } = JSON.parse(line);
  return JSON.stringify({ activity_id, ...others });
};

/** As a field of CSV. */
const quoted = (line: string): string => `"${line.replaceAll('"', '""')}"`;

const subscription = (...messages: readonly string[]): string =>
  JSON.stringify({
    messageType: 'DATA_MESSAGE',
    logGroup: '/aws/lambda/revoke',
    logEvents: messages.map((message, id) => ({ id: String(id), timestamp: 1, message: `${message}\n` })),
  });

describe('a line of an export', () => {
  it.each([
    ['as it was written', A, [A]],
    ['with a line end of Windows', `${A}\r`, [A]],
    ['behind a time', `2026-11-23T09:30:01.000Z ${A}`, [A]],
    ['behind a time, in the order of 0.1.0', `2026-11-23T09:30:01.000Z ${inOldOrder(A)}`, [inOldOrder(A)]],
    ['behind a time and a stream', `2026-11-23T09:30:01+00:00 2026/11/23/[$LATEST]x ${A}`, [A]],
    ['behind tabs, as the AWS command line writes text', `EVENTS\t37\t179\t${A}`, [A]],
    ['in an answer of filter-log-events', JSON.stringify({ events: [{ message: A }, { message: B }] }), [A, B]],
    ['in an indented answer', `            "message": ${JSON.stringify(A)},`, [A]],
    ['in an indented result of a query', `            "value": ${JSON.stringify(A)}`, [A]],
    [
      'in a result of a query',
      JSON.stringify({
        results: [[{ field: '@logStream', value: 'revocation-audit' }, { field: '@message', value: A }, null]],
      }),
      [A],
    ],
    ['in a download of a query', JSON.stringify([{ '@message': A }, { '@message': JSON.parse(B) }]), [A, B]],
    ['in a row of CSV', `2026-11-23 09:30:01.000,${quoted(A)}`, [A]],
    ['in a row of CSV, before other fields', `${quoted(A)},2026-11-23 09:30:01.000,"a ""b"""`, [A]],
    ['in a row of CSV, in the order of 0.1.0', quoted(inOldOrder(A)), [inOldOrder(A)]],
    ['in a row of CSV that goes on in the next line', `1,${quoted(A).slice(0, -1)}`, [A]],
    ['cut, in a row of CSV', `1,${quoted(A.slice(0, -20))}`, [A.slice(0, -20)]],
    ['in a subscription', subscription(A, B), [A, B]],
    ['in an event of its own', JSON.stringify({ timestamp: 1, message: A }), [A]],
    ['in a result of its own', JSON.stringify({ '@timestamp': '2026', '@message': A }), [A]],
    [
      'and nothing else in an answer',
      JSON.stringify({ events: [null, A, { message: 7 }, { message: 'START' }, { message: A }] }),
      [A],
    ],
    ['as a value that was parsed', JSON.stringify({ message: JSON.parse(A) }), [A]],
    ['in a list of records', `[${A},${B}]`, [A, B]],
    ['cut', A.slice(0, -20), [A.slice(0, -20)]],
    [
      'cut, in an event of its own',
      JSON.stringify({ message: A }).slice(0, -1),
      [JSON.stringify({ message: A }).slice(0, -1)],
    ],
    [
      'that no reader of JSON takes, in an indented answer',
      '"message": "revocation-audit \\x",',
      ['"message": "revocation-audit \\x",'],
    ],
    ['with other keys first, even one of them twice', `{"time":1,${A.slice(1)}`, [`{"time":1,${A.slice(1)}`]],
    ['that a text names', 'this is the revocation-audit', ['this is the revocation-audit']],
  ])('gives the records %s', (_, line, events) => {
    expect(extractEvents(line)).toEqual(events);
  });

  it.each([
    ['an empty line', ''],
    ['a platform event', '{"time":"2026","type":"platform.start","record":{"requestId":"r"}}'],
    ['a line of the operational log', '{"time":"2026","level":"info","code":"retry"}'],
    ['an export of other events', subscription('START', 'END')],
    ['a bracket of an indented answer', '    "events": ['],
  ])('gives nothing of %s', (_, line) => {
    expect(extractEvents(line)).toEqual([]);
  });
});

describe('the text of an export', () => {
  it('is told apart by lines, and by documents of a subscription that follow one another', () => {
    const [one, other] = [subscription(A), subscription('a }{"messageType" b')];
    expect(splitLines(`${one}${other}${one}\n${A}\n`)).toEqual([one, other, one, A, '']);
  });
});
