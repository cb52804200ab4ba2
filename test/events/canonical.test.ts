import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../events/canonical.ts';
import { check, EVENT_MS, keyLeak, offboarded, principalLeak, reinstated } from '../support/event-factory.ts';

const parse = (value: unknown, now = EVENT_MS) => parseEvent(value, now);
const event = (of: unknown) => ({ kind: 'event', event: of });
const invalid = (detail: string) => ({ kind: 'refusal', reason: 'invalid', detail });
const LABEL = 'expected 1 to 512 printable ASCII characters';
const INSTANT = 'expected a real instant in RFC 3339 with a zone, such as 2026-11-23T09:30:00Z';
const AHEAD = invalid('time: expected at most 10 minutes ahead of now');
const NO_OBJECT = invalid('event: expected a CloudEvent: a JSON object');

describe('parseEvent', () => {
  test.each([keyLeak(), principalLeak(), offboarded(), reinstated(), check()])('returns $type as it came', (value) => {
    expect(parse(value)).toStrictEqual(event(value));
  });

  test('drops context attributes that it does not know', () => {
    const attributes = {
      subject: 'app',
      dataschema: 'https://schema.example',
      traceparent: '00-1-2-01',
      extra: { deep: [1] },
    };
    expect(parse(keyLeak({ id: 'a', ...attributes }))).toStrictEqual(event(keyLeak({ id: 'a' })));
  });

  test.each(['id', 'source'])('takes 1 to 512 printable ASCII characters for %s, byte for byte', (name) => {
    for (const text of ['x', ' ', '~', ' padded ', 'x'.repeat(512)]) {
      const value = keyLeak({ [name]: text });
      expect(parse(value)).toStrictEqual(event(value));
    }
    for (const wrong of [
      '',
      'x'.repeat(513),
      '王'.repeat(57),
      'a\u007f',
      'a\u0085',
      'a\u001f',
      'a\n',
      '\ud800',
      5,
      null,
      ['x'],
      {},
    ]) {
      expect(parse(keyLeak({ [name]: wrong }))).toStrictEqual(invalid(`${name}: ${LABEL}`));
    }
  });

  test.each(['id', 'source'])('percent-encodes what is beyond ASCII in %s', (name) => {
    const value = keyLeak({ [name]: 'Löschung 王🔑 %C3' });
    expect(parse(value)).toStrictEqual(event({ ...value, [name]: 'L%C3%B6schung %E7%8E%8B%F0%9F%94%91 %C3' }));
  });

  test.each(['specversion', 'type', 'id', 'source', 'time', 'data'])('requires %s', (name) => {
    const { [name]: _left, ...rest } = keyLeak();
    expect(parse(rest)).toMatchObject({
      kind: 'refusal',
      reason: 'invalid',
      detail: expect.stringMatching(`^${name}: expected `),
    });
  });

  test.each([1, '1', '1.1', '0.3', '1.0 ', null])('takes no other specversion: %j', (specversion) => {
    expect(parse(keyLeak({ specversion }))).toStrictEqual(invalid('specversion: expected "1.0"'));
  });

  test.each([keyLeak, principalLeak])('lets a leak have any time', (make) => {
    const value = make({ time: '9999-12-31T23:59:59Z' });
    expect(parse(value)).toStrictEqual(event(value));
  });

  test.each([offboarded, reinstated, check])('lets a clock be 10 minutes ahead, not more', (make) => {
    const value = make({ time: '2026-11-23T09:40:00Z' });
    expect(parse(value)).toStrictEqual(event(value));
    expect(parse(value, EVENT_MS - 1)).toStrictEqual(AHEAD);
    expect(parse(make({ time: '2026-11-23T10:40:00.001+01:00' }))).toStrictEqual(AHEAD);
  });

  test('takes an event of any age', () => {
    const value = keyLeak({ time: '1999-12-31T23:59:59Z' });
    expect(parse(value)).toStrictEqual(event(value));
  });

  test.each([5, null, '', 'yesterday', '2026-11-23T09:30:00', '2026-11-31T09:30:00Z', ['2026-11-23']])(
    'refuses %j for a time',
    (time) => {
      expect(parse(keyLeak({ time }))).toStrictEqual(invalid(`time: ${INSTANT}`));
    },
  );

  test('says why a date alone is no time', () => {
    expect(parse(offboarded({ time: '2026-11-23' }))).toStrictEqual(
      invalid(
        'time: expected an instant with a zone, such as 2026-11-23T09:30:00Z: a date alone begins up to 26 ' +
          'hours apart in different zones, and access must end at one known time',
      ),
    );
  });

  test('names at most five faults, and how many more there are', () => {
    const value = keyLeak({
      specversion: '2',
      id: '',
      source: '',
      time: '',
      data: { accessKeyId: '', confidence: '', scope: '' },
    });
    const parsed = parse(value);
    const five =
      `specversion: expected "1.0"; id: ${LABEL}; source: ${LABEL}; time: ${INSTANT}; ` +
      'data.accessKeyId: expected an access key id: CW and 10 to 30 capital letters or digits';
    expect(parsed).toStrictEqual(invalid(`${five}; and 2 more`));
    expect(parse({ ...value, data: { accessKeyId: '' } })).toStrictEqual(invalid(five));
  });
});

describe('an event that we do not act on', () => {
  const UNKNOWN_VERSION = { kind: 'refusal', reason: 'unknown-version', detail: 'type: expected version v1' };
  const UNKNOWN_TYPE = {
    kind: 'refusal',
    reason: 'unknown-type',
    detail:
      'type: expected one of credential.compromised.v1, user.offboarded.v1, user.reinstated.v1, revocation.check.v1',
  };

  test.each(['credential.compromised', 'user.offboarded', 'user.reinstated', 'revocation.check'])(
    'is of an unknown version: %s',
    (type) => {
      for (const version of ['.v0', '.v2', '.v10', '.v01'])
        expect(parse(keyLeak({ type: type + version }))).toStrictEqual(UNKNOWN_VERSION);
      for (const version of ['', '.v', '.v1 ', '.V1', '.v1.2'])
        expect(parse(keyLeak({ type: type + version }))).toStrictEqual(UNKNOWN_TYPE);
      expect(parse(keyLeak({ type: `com.${type}.v2` }))).toStrictEqual(UNKNOWN_TYPE);
    },
  );

  test.each(['constructor', '__proto__', 'toString', 'com.example.other', 'é', ' '])(
    'is of an unknown type: %s',
    (type) => {
      expect(parse({ specversion: '1.0', type, id: 'ä', source: 'x'.repeat(600) })).toStrictEqual(UNKNOWN_TYPE);
    },
  );

  test.each(['specversion', 'type', 'id', 'source'])('is invalid without %s', (name) => {
    const { [name]: _left, ...rest } = keyLeak({ type: 'com.example.other' });
    const expected = name === 'specversion' ? '"1.0"' : 'text';
    expect(parse(rest)).toStrictEqual(invalid(`${name}: expected ${expected}`));
    expect(parse({ ...rest, [name]: '' })).toStrictEqual(invalid(`${name}: expected ${expected}`));
  });

  test('is invalid with a time that is none', () => {
    expect(parse(keyLeak({ type: 'com.example.other', time: '2026-11-23T09:30' }))).toStrictEqual(
      invalid(`time: ${INSTANT}`),
    );
  });
});

describe('hostile values', () => {
  test.each([undefined, null, true, 0, Number.NaN, 5n, 'text', Symbol('s'), () => 1, [], [keyLeak()]])(
    'refuses %s',
    (value) => {
      expect(parse(value)).toStrictEqual(NO_OBJECT);
    },
  );

  test('survives cycles, depth, many keys and objects without a prototype', () => {
    const cycle: Record<string, unknown> = {};
    cycle.data = cycle;
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`k${at}`, at]));
    const bare = Object.assign(Object.create(null), keyLeak());
    expect(parse({ ...keyLeak(), data: cycle })).toMatchObject({ reason: 'invalid' });
    expect(parse({ ...keyLeak(), data: { accessKeyId: deep } })).toMatchObject({ reason: 'invalid' });
    expect(parse({ ...keyLeak(), data: { ...many, accessKeyId: 'CWABCDEFGHIJKLMN' } })).toStrictEqual(
      invalid('data: 100000 unknown keys'),
    );
    expect(parse(bare)).toStrictEqual(event(keyLeak()));
  });

  test('takes nothing from __proto__ and constructor', () => {
    const context = JSON.parse(
      JSON.stringify(keyLeak()).replace('{', '{"__proto__":{"data":{}},"constructor":{"prototype":{}},'),
    );
    expect(parse(context)).toStrictEqual(event(keyLeak()));
    const data = JSON.parse('{"__proto__":{"accessKeyId":"CWABCDEFGHIJKLMN"},"constructor":1}');
    expect(parse({ ...keyLeak(), data })).toStrictEqual(
      invalid('data: expected accessKeyId, reference, or principalName with scope'),
    );
    const inherited = Object.create({ accessKeyId: 'CWABCDEFGHIJKLMN' });
    expect(parse({ ...keyLeak(), data: inherited })).toMatchObject({ reason: 'invalid' });
  });
});
