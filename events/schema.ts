/**
 * Schemas of values from outside. Each is a few closures, because every cold start makes all of them: with a library,
 * they took a fifth of it.
 */
import type { RefusalReason } from './refusal.ts';
import { isRecord } from './shapes.ts';

export interface Issue {
  readonly path: readonly (string | number)[];
  /** What was expected there; never what came. */
  readonly message: string;
  /** Keys of the object that no field of the schema has. They may be anything, a secret included. */
  readonly unknownKeys?: readonly string[];
  /** The value has the right type: it breaks a rule, or has more keys than it may. */
  readonly ofRule?: true;
  /** Why the whole value is refused, if not as `invalid`. */
  readonly reason?: RefusalReason;
}

export type Parsed<T> =
  | { readonly success: true; readonly data: T; readonly issues?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly issues: readonly Issue[] };

export interface Schema<T> {
  safeParse(value: unknown): Parsed<T>;
  /** Throws TypeError with the first issue. */
  parse(value: unknown): T;
}

/** A field that may be absent, but not undefined. */
export interface Optional<T> {
  readonly optional: Schema<T>;
}

export type Infer<S> = S extends Schema<infer T> ? T : S extends Optional<infer T> ? T : never;

type Fields = Readonly<Record<string, Schema<unknown> | Optional<unknown>>>;
type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? K : never }[keyof F];
type Output<F extends Fields> = {
  [K in keyof ({ [K in Exclude<keyof F, OptionalKeys<F>>]: 0 } & { [K in OptionalKeys<F>]?: 0 })]: Infer<F[K]>;
};

const schema = <T>(safeParse: (value: unknown) => Parsed<T>): Schema<T> => ({
  safeParse,
  parse(value) {
    const parsed = safeParse(value);
    if (parsed.success) return parsed.data;
    throw new TypeError(parsed.issues[0]?.message);
  },
});

const right = <T>(data: T): Parsed<T> => ({ success: true, data });
const wrong = (issues: readonly Issue[]): Parsed<never> => ({ success: false, issues });
const expected = (message: string): Parsed<never> => wrong([{ path: [], message }]);

const under = (key: string | number, issues: readonly Issue[]): readonly Issue[] =>
  issues.map((issue) => ({ ...issue, path: [key, ...issue.path] }));

/** What was expected, where it depends on the value. */
type Message = string | ((value: unknown) => string);
const messageFor = (message: Message, value: unknown): string =>
  typeof message === 'string' ? message : message(value);

export interface Rule {
  readonly holds: (text: string) => boolean;
  readonly message: Message;
  readonly reason?: RefusalReason;
}

export const matches = (pattern: RegExp, message: Message): Rule => ({ holds: (text) => pattern.test(text), message });

/** A string. Every rule that it breaks is an issue. */
export const text = (message: Message, ...rules: readonly Rule[]): Schema<string> =>
  schema((value) => {
    if (typeof value !== 'string') return expected(messageFor(message, value));
    const broken = rules.filter(({ holds }) => !holds(value));
    if (broken.length === 0) return right(value);
    return wrong(
      broken.map(({ message, reason }) => ({
        path: [],
        message: messageFor(message, value),
        ofRule: true,
        ...(reason === undefined ? {} : { reason }),
      })),
    );
  });

/** A string of a type of its own. */
export const textOf = <T extends string>(is: (text: string) => text is T, message: string): Schema<T> =>
  schema((value) => {
    if (typeof value !== 'string') return expected(message);
    return is(value) ? right(value) : wrong([{ path: [], message, ofRule: true }]);
  });

export const literal = <const T extends string | number | boolean>(values: readonly T[], message: string): Schema<T> =>
  schema((value) => {
    const found = values.find((each) => each === value);
    return found === undefined ? expected(message) : right(found);
  });

/** A whole number within bounds. */
export const integer = (least: number, most: number, message: string): Schema<number> =>
  schema((value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      ? right(value)
      : expected(message),
  );

export const mapped = <A, B>(from: Schema<A>, map: (value: A) => B): Schema<B> =>
  schema((value) => {
    const parsed = from.safeParse(value);
    return parsed.success ? right(map(parsed.data)) : parsed;
  });

/** The second schema takes what the first one gives. */
export const piped = <T>(first: Schema<unknown>, second: Schema<T>): Schema<T> =>
  schema((value) => {
    const parsed = first.safeParse(value);
    return parsed.success ? second.safeParse(parsed.data) : parsed;
  });

export const optional = <T>(inner: Schema<T>): Optional<T> => ({ optional: inner });

/** Its keys that no field has are dropped. */
export const object = <F extends Fields>(fields: F, message: string): Schema<Output<F>> =>
  schema((value) => fieldsOf(fields, message, value, false));

/** Every key must be a field's. */
export const strictObject = <F extends Fields>(fields: F, message = 'expected an object'): Schema<Output<F>> =>
  schema((value) => fieldsOf(fields, message, value, true));

function fieldsOf<F extends Fields>(fields: F, message: string, value: unknown, strict: boolean): Parsed<Output<F>> {
  if (!isRecord(value)) return expected(message);
  const issues: Issue[] = [];
  const data: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const isGiven = Object.hasOwn(value, key);
    if ('optional' in field && !isGiven) continue;
    const parsed = ('optional' in field ? field.optional : field).safeParse(isGiven ? value[key] : undefined);
    if (parsed.success) data[key] = parsed.data;
    else issues.push(...under(key, parsed.issues));
  }
  const unknownKeys = strict ? Object.keys(value).filter((key) => !Object.hasOwn(fields, key)) : [];
  if (unknownKeys.length > 0) issues.push({ path: [], message: 'expected no other keys', unknownKeys, ofRule: true });
  return isWhole<F>(data, issues) ? right(data) : wrong(issues);
}

/** Without an issue, each field has given its value. */
const isWhole = <F extends Fields>(_data: unknown, issues: readonly Issue[]): _data is Output<F> => issues.length === 0;

/** `sizes`: what its length must be. The items of a list of another size are not looked at. */
export const array = <T>(
  item: Schema<T>,
  message: string,
  ...sizes: readonly { readonly holds: (length: number) => boolean; readonly message: string }[]
): Schema<T[]> =>
  schema((value) => {
    if (!Array.isArray(value)) return expected(message);
    const wrongSizes = sizes.filter((size) => !size.holds(value.length));
    if (wrongSizes.length > 0) return wrong(wrongSizes.map(({ message }) => ({ path: [], message, ofRule: true })));
    const data: T[] = [];
    const issues: Issue[] = [];
    for (const [index, each] of value.entries()) {
      const parsed = item.safeParse(each);
      if (parsed.success) data.push(parsed.data);
      else issues.push(...under(index, parsed.issues));
    }
    return issues.length === 0 ? right(data) : wrong(issues);
  });

export const atLeast = (least: number, message: string) => ({ holds: (length: number) => length >= least, message });
export const atMost = (most: number, message: string) => ({ holds: (length: number) => length <= most, message });

/** An object with keys that match, and one kind of values. */
export const record = <T>(key: RegExp, value: Schema<T>): Schema<Record<string, T>> =>
  schema((given) => {
    if (!isRecord(given)) return expected('expected an object');
    const issues: Issue[] = [];
    const entries: (readonly [string, T])[] = [];
    for (const [name, each] of Object.entries(given)) {
      if (!key.test(name)) issues.push({ path: [name], message: 'expected another key' });
      const parsed = value.safeParse(each);
      if (parsed.success) entries.push([name, parsed.data]);
      else issues.push(...under(name, parsed.issues));
    }
    return issues.length === 0 ? right(Object.fromEntries(entries)) : wrong(issues);
  });

/** The first that fits. If none does, the issues are those of the one that only breaks rules, or of the whole. */
export const firstOf = <A, B>(first: Schema<A>, second: Schema<B>): Schema<A | B> =>
  schema((value): Parsed<A | B> => {
    const [one, other] = [first.safeParse(value), second.safeParse(value)];
    if (one.success) return one;
    if (other.success) return other;
    const near = [one, other].filter(({ issues }) => issues.every(({ ofRule }) => ofRule));
    return near.length === 1 && near[0] !== undefined ? near[0] : expected('expected one of two shapes');
  });

/**
 * A schema that selects one of several shapes by the first of their keys that the value has. Its errors are those of
 * that shape; a union of schemas could only say that nothing matches. `message` is the error for a value without any
 * of the keys.
 */
export const shapeByKey = <Outputs extends object>(
  shapes: { readonly [Key in keyof Outputs]: Schema<Outputs[Key]> },
  message: string,
): Schema<Outputs[keyof Outputs]> =>
  schema((value): Parsed<Outputs[keyof Outputs]> => {
    for (const key in shapes) {
      if (isRecord(value) && Object.hasOwn(value, key)) return shapes[key].safeParse(value);
    }
    return expected(message);
  });
