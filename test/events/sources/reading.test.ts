/** What the sources share, by itself. */
import { describe, expect, it } from 'vitest';
import { fieldsOf } from '../../../events/shapes.ts';
import { bytesOfBase64, bytesOfHex, joined } from '../../../events/sources/bytes.ts';
import { placeText } from '../../../events/sources/findings.ts';
import {
  firstGroup,
  hourOf,
  jsonOf,
  type Rest,
  readingOf,
  shortText,
  unusable,
} from '../../../events/sources/reading.ts';
import { SOURCES } from '../../../events/sources/registry.ts';
import { EVENT_MS, keyLeak, offboarded } from '../../support/event-factory.ts';
import { bytes, request } from './requests.ts';

describe('bytes', () => {
  it('come from hex and base64, and are put together in order', () => {
    expect(bytesOfHex('00ff1a')).toStrictEqual(Uint8Array.of(0, 255, 26));
    expect(bytesOfBase64('AP8a')).toStrictEqual(Uint8Array.of(0, 255, 26));
    expect(joined(Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3))).toStrictEqual(Uint8Array.of(1, 2, 3));
    expect(joined()).toStrictEqual(new Uint8Array());
  });
});

describe('what a value holds', () => {
  it('are the fields of an object, and none of anything else', () => {
    expect(fieldsOf({ a: 1 })).toStrictEqual({ a: 1 });
    for (const value of [null, undefined, 'text', 7, [{ a: 1 }]]) expect(fieldsOf(value)).toStrictEqual({});
  });

  it.each([
    ['x', 'x'],
    ['x'.repeat(512), 'x'.repeat(512)],
    ['x'.repeat(513), undefined],
    ['', undefined],
    [7, undefined],
    [['x'], undefined],
    [undefined, undefined],
  ])('as a short text: %j', (value, text) => expect(shortText({ key: value }, 'key')).toBe(text));

  it('is no text where there are no fields', () => expect(shortText(null, 'key')).toBeUndefined());

  it.each([
    ['key=value', 'value'],
    ['value', undefined],
    [undefined, undefined],
  ])('by a pattern: of %j %j', (text, group) =>
    expect(firstGroup(/^(?:key=)?((?<==).*|undefined)$/, text)).toBe(group),
  );
});

describe('a body', () => {
  it('is JSON in UTF-8', () => expect(jsonOf(bytes('{"a":"é"}'))).toStrictEqual({ kind: 'json', value: { a: 'é' } }));

  it.each([
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 400, 'expected UTF-8'],
    ['two byte order marks', '\ufeff\ufeff{}', 400, 'expected JSON'],
    ['no JSON', '{', 400, 'expected JSON'],
    ['more than 1 MiB', `"${'x'.repeat(1_048_576)}"`, 413, 'expected at most 1048576 bytes'],
  ])('of %s is refused', (_name, body, status, why) => {
    expect(jsonOf(bytes(body))).toStrictEqual({ kind: 'refused', why, reply: { status, body: { error: why } } });
  });
});

describe('a reading', () => {
  const REST = { ignoredReasons: [], faults: [], nothing: 'nothing' };
  const reply = { status: 204 };

  it('of nothing is ignored, with the reply that it was given', () => {
    expect(readingOf([], REST, EVENT_MS)).toStrictEqual({ kind: 'ignored', why: 'nothing' });
    expect(readingOf([], { ...REST, ignoredReasons: ['x'], reply }, EVENT_MS)).toStrictEqual({
      kind: 'ignored',
      why: 'nothing',
      reply,
    });
  });

  const subject = { about: ['a user'], identifiers: { name: 'a user' } };
  const candidate = (value: unknown) => ({ value, ...subject });
  const faulty = { ...subject, reason: 'invalid', detail: 'f' } as const;
  const told = { about: 'a user', text: '{"name":"a user"}', redacted: false };
  const fault = { ...told, reason: 'invalid', detail: 'f' } as const;
  const wrong = { ...told, reason: 'invalid', detail: 'id: expected 1 to 512 printable ASCII characters' };

  it('of events gives each once, and what else there was', () => {
    expect(readingOf([keyLeak(), offboarded(), keyLeak()].map(candidate), REST, EVENT_MS)).toStrictEqual({
      kind: 'events',
      events: [keyLeak(), offboarded()],
    });
    const rest = { ...REST, ignoredReasons: ['p'], faults: [faulty], reply };
    expect(readingOf([keyLeak(), offboarded({ id: '' })].map(candidate), rest, EVENT_MS)).toStrictEqual({
      kind: 'events',
      events: [keyLeak()],
      ignoredReasons: ['p'],
      unusable: [fault, wrong],
      reply,
    });
  });

  it('of faults alone says the first, and has the reply of events', () => {
    const read = (rest: Rest) => readingOf([candidate(offboarded({ id: '' }))], rest, EVENT_MS);
    const refused = { kind: 'refused', why: 'invalid: f', unusable: [fault, wrong] };
    expect(read({ ...REST, faults: [faulty], reply })).toStrictEqual({ ...refused, reply });
    expect(read({ ...REST, faults: [faulty] })).toStrictEqual({ ...refused, reply: { status: 202 } });
  });

  it('of 1,000 parts acts; of one more it is refused as a whole, and names the first 100', () => {
    const leaks = (count: number) =>
      Array.from({ length: count }, (_, at) => ({
        value: keyLeak({ id: `leak-${at}` }),
        about: [],
        identifiers: { id: `leak-${at}` },
      }));
    expect(readingOf(leaks(999), { ...REST, faults: [faulty] }, EVENT_MS)).toMatchObject({
      kind: 'events',
      events: { length: 999 },
      unusable: [fault],
    });
    const text = JSON.stringify({ parts: 1_001, first: leaks(100).map(({ identifiers }) => identifiers) });
    const detail = 'expected at most 1000 parts in one request, and it has 1001';
    const refused = {
      kind: 'refused',
      why: `oversize: ${detail}`,
      unusable: [{ reason: 'oversize', detail, about: text, text, redacted: false }],
    };
    const rest = { ...REST, faults: [faulty] };
    expect(readingOf(leaks(1_000), rest, EVENT_MS)).toStrictEqual({ ...refused, reply: { status: 202 } });
    expect(readingOf(leaks(1_000), { ...rest, reply }, EVENT_MS)).toStrictEqual({ ...refused, reply });
  });

  it('of too many parts lists equal identifiers once', () => {
    expect(readingOf(Array(2_000).fill(candidate({})), { ...REST, faults: [faulty] }, EVENT_MS)).toMatchObject({
      unusable: [{ text: '{"parts":2001,"first":[{"name":"a user"}]}' }],
    });
  });

  it('is about the first name that resembles no secret, and shows none', () => {
    const secret = `cwo${'x'.repeat(40)}`;
    const report = { about: [undefined, secret, 'name'], identifiers: { [secret]: [secret, { a: `b ${secret}` }, 7] } };
    expect(unusable({ ...report, reason: 'invalid', detail: 'd' })).toStrictEqual({
      reason: 'invalid',
      detail: 'd',
      about: 'name',
      text: '{"[redacted]":["[redacted]",{"a":"[redacted]"},7]}',
      redacted: true,
    });
    expect(unusable({ reason: 'invalid', detail: 'd', about: [secret], identifiers: {} }).about).toBe('');
  });

  it('without a time of its own is of the hour in which it came', () => {
    expect(hourOf(EVENT_MS)).toBe('2026-11-23T09:00:00Z');
  });
});

describe('the place of a leak', () => {
  it.each([
    ['', undefined],
    ['a b~', 'a b~'],
    ['é\n\u{1f511}\ud800\x7f', '%C3%A9%0A%F0%9F%94%91%EF%BF%BD%7F'],
    [`https://x.example/?t=ghp_${'aB3x'.repeat(9)}`, undefined],
    ['x'.repeat(400), 'x'.repeat(400)],
    [`${'a'.repeat(200)}${'b'.repeat(4)}${'c'.repeat(197)}`, `${'a'.repeat(200)}...${'c'.repeat(197)}`],
  ])('%j is kept as %j', (place, text) => expect(placeText(place)).toBe(text));
});

describe.each([
  ['github', 'POST'],
  ['gitguardian', 'POST'],
  ['okta', 'GET, POST'],
  ['standard-webhooks', 'POST'],
])('the source %s', (name, allow) => {
  const read = (method: string, path: string) => SOURCES.get(name)?.read(request({ method, path }), EVENT_MS);
  const why = 'expected a path of this source';

  it('has its own path alone, with a slash behind it or not', () => {
    const refusal = { kind: 'refused', why, reply: { status: 404, body: { error: why } } };
    expect(read('GET', '/x')).toStrictEqual(refusal);
    const text = '{"method":"POST","path":"/x"}';
    const told = { reason: 'unreadable', detail: why, about: 'misdirected', text, redacted: false };
    expect(read('POST', '/x')).toStrictEqual({ ...refusal, unusable: [told] });
    expect(read('POST', '/')).toStrictEqual(read('POST', ''));
    expect(read('POST', '/')).not.toMatchObject({ why });
  });

  it(`knows the methods ${allow}`, () => {
    const why = `expected the method ${allow}`;
    const text = '{"method":"PUT"}';
    expect(read('PUT', '')).toStrictEqual({
      kind: 'refused',
      why,
      reply: { status: 405, headers: { allow } },
      unusable: [{ reason: 'unreadable', detail: why, about: 'misdirected', text, redacted: false }],
    });
  });
});
