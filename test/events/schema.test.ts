import { describe, expect, it } from 'vitest';
import {
  array,
  atLeast,
  atMost,
  firstOf,
  type Infer,
  integer,
  literal,
  mapped,
  matches,
  object,
  optional,
  piped,
  record,
  type Schema,
  strictObject,
  text,
  textOf,
} from '../../events/schema.ts';

const lower = matches(/^[a-z]*$/, 'expected lower case');
const short = { holds: ({ length }: string) => length <= 3, message: (value: unknown) => `${typeof value} too long` };
const word = text('expected text', lower, short);
const person = strictObject({ name: word, age: optional(integer(0, 150, 'expected an age')) }, 'expected a person');

/** Each issue as its path and message. */
const issuesOf = (schema: Schema<unknown>, value: unknown): readonly string[] =>
  schema.safeParse(value).issues?.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('text', () => {
  it('takes what keeps every rule, and names each rule that is broken', () => {
    expect(word.safeParse('abc')).toEqual({ success: true, data: 'abc' });
    expect(issuesOf(word, 'ABCD')).toEqual([': expected lower case', ': string too long']);
    expect(issuesOf(word, 'abcd')).toEqual([': string too long']);
  });

  it.each([[undefined], [null], [7], [['a']], [{}]])('looks at no rule for %j', (value) => {
    expect(issuesOf(word, value)).toEqual([': expected text']);
  });

  it('passes on the reason of a rule', () => {
    const noSecret = { holds: () => false, message: 'expected no secret', reason: 'secret-like-target' } as const;
    expect(text('', noSecret).safeParse('x').issues).toEqual([
      { path: [], message: 'expected no secret', ofRule: true, reason: 'secret-like-target' },
    ]);
  });
});

it('textOf gives a text a type of its own', () => {
  const id = textOf((value): value is `id-${string}` => value.startsWith('id-'), 'expected an id');
  const given: `id-${string}` = id.parse('id-1');
  expect(given).toBe('id-1');
  expect([issuesOf(id, 'x'), issuesOf(id, 1)]).toEqual([[': expected an id'], [': expected an id']]);
  expect(() => id.parse('x')).toThrow(new TypeError('expected an id'));
});

it.each([
  [literal(['a', 2, true], 'expected a, 2 or true'), ['a', 2, true], ['b', '2', 1, null, undefined]],
  [integer(1, 9, 'expected 1 to 9'), [1, 9], [0, 10, 1.5, '1', Number.NaN, null, 2 ** 53]],
])('literal and integer take exactly what they name', (schema: Schema<unknown>, taken, refused) => {
  expect(taken.map((value) => schema.parse(value))).toEqual(taken);
  expect(refused.filter((value) => schema.safeParse(value).success)).toEqual([]);
});

it('piped asks the second schema only about what the first one gave', () => {
  const cut = piped(
    mapped(text('expected text'), (value) => value.slice(0, 3)),
    word,
  );
  expect(cut.parse('abcdef')).toBe('abc');
  expect([issuesOf(cut, 'ABC'), issuesOf(cut, 5)]).toEqual([[': expected lower case'], [': expected text']]);
});

describe('strictObject', () => {
  it('copies its fields, and leaves out an optional one that is not there', () => {
    const given: Infer<typeof person> = person.parse({ age: 4, name: 'ann' });
    expect(given).toStrictEqual({ name: 'ann', age: 4 });
    expect(person.parse({ name: 'ann' })).toStrictEqual({ name: 'ann' });
  });

  it('names each field that is wrong or missing, then keys that no field has', () => {
    expect(person.safeParse({ age: undefined, é: 1, constructor: 2 }).issues).toEqual([
      { path: ['name'], message: 'expected text' },
      { path: ['age'], message: 'expected an age' },
      { path: [], message: 'expected no other keys', unknownKeys: ['é', 'constructor'], ofRule: true },
    ]);
  });

  it('reads no field from a prototype', () => {
    expect(issuesOf(person, Object.create({ name: 'ann' }))).toEqual(['name: expected text']);
    expect(issuesOf(strictObject({ toString: word }), {})).toEqual(['toString: expected text']);
    expect(issuesOf(person, JSON.parse('{"name":"ann","__proto__":{"age":-1}}'))).toEqual([': expected no other keys']);
  });

  it.each([[null], [[]], ['x'], [undefined]])('refuses %j', (value) => {
    expect(issuesOf(person, value)).toEqual([': expected a person']);
  });
});

it('object drops the keys that no field has', () => {
  expect(object({ name: word }, 'expected a person').parse({ name: 'ann', other: 1 })).toStrictEqual({ name: 'ann' });
});

describe('array', () => {
  const people = array(person, 'expected people', atLeast(1, 'expected one'), atMost(2, 'expected at most 2'));

  it('names items by their index', () => {
    expect(people.parse([{ name: 'a' }, { name: 'b' }])).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(issuesOf(people, [{ name: 'a' }, { name: 1 }])).toEqual(['1.name: expected text']);
    expect(issuesOf(people, { 0: 'a' })).toEqual([': expected people']);
  });

  it('looks at no item of a list that is too long or too short', () => {
    expect(issuesOf(people, [])).toEqual([': expected one']);
    expect(issuesOf(people, [1, 2, 3])).toEqual([': expected at most 2']);
  });
});

it('record checks keys and values', () => {
  const ages = record(/^[a-z]+$/, integer(0, 9, 'expected an age'));
  expect(ages.parse({ ann: 1, bob: 2 })).toEqual({ ann: 1, bob: 2 });
  expect(issuesOf(ages, { Ann: 1, bob: 'x' })).toEqual(['Ann: expected another key', 'bob: expected an age']);
  expect(issuesOf(ages, [1])).toEqual([': expected an object']);
});

it('firstOf says what is wrong with the shape that was meant', () => {
  const either = firstOf(strictObject({ name: word }), strictObject({ id: integer(1, 9, 'expected an id') }));
  expect([either.parse({ name: 'ann' }), either.parse({ id: 3 })]).toEqual([{ name: 'ann' }, { id: 3 }]);
  // The name breaks a rule; an id is missing.
  expect(issuesOf(either, { name: 'ANN' })).toEqual(['name: expected lower case']);
  expect(issuesOf(either, { name: 1 })).toEqual([': expected one of two shapes']);
  expect(issuesOf(either, {})).toEqual([': expected one of two shapes']);
});
