/**
 * The configuration of a webhook: how a request proves its sender, and what its payload means. Strict objects, so that
 * a misspelt name is a problem and not a rule that never applies.
 */
import * as z from 'zod/mini';
import { objectByKey } from './object-by-key.ts';
import { isTimeZone } from './time-zone.ts';

/** Bounds of one webhook: what a request costs depends on the configuration and the body alone. */
const MAX_CONDITIONS = 100;

const POINTER = 'expected a JSON pointer such as /data/email, of at most 16 parts';
const pointer = z.string(POINTER).check(z.regex(/^(?:\/(?:[^~/]|~[01]){0,128}){0,16}$/u, POINTER));

const HEADER = 'expected the name of a header in lower case';
const header = z.string(HEADER).check(z.regex(/^[a-z0-9-]{1,64}$/, HEADER));

const WORD = 'expected text of 1 to 200 characters';
const word = z.string(WORD).check(z.minLength(1, WORD), z.maxLength(200, WORD));

const OBJECT = 'expected an object';
const words = z
  .array(word, 'expected a list of texts')
  .check(z.minLength(1, 'expected at least one text'), z.maxLength(50, 'expected at most 50 texts'));

/** What is asked of a value; exactly one of them. */
const tests = {
  in: z.exactOptional(words),
  has: z.exactOptional(word),
  exists: z.exactOptional(z.boolean('expected true or false')),
};
export type Test = { readonly in?: readonly string[]; readonly has?: string; readonly exists?: boolean };

/** `at`: below the person of the list; `root`: in the whole payload; `header`: of the request, which no HMAC covers. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | ({ readonly at: string } & Test)
  | ({ readonly root: string } & Test)
  | ({ readonly header: string } & Test);

const oneTest = z.refine<Test>((test) => ['in', 'has', 'exists'].filter((name) => name in test).length === 1, {
  error: 'expected exactly one of in, has and exists',
});
const nested: z.ZodMiniType<Condition> = z.lazy(() => condition);
const several = z.array(nested, 'expected a list of conditions').check(z.minLength(1, 'expected at least one'));
export const condition: z.ZodMiniType<Condition> = objectByKey(
  {
    all: z.strictObject({ all: several }, OBJECT),
    any: z.strictObject({ any: several }, OBJECT),
    not: z.strictObject({ not: nested }, OBJECT),
    at: z.strictObject({ at: pointer, ...tests }, OBJECT).check(oneTest),
    root: z.strictObject({ root: pointer, ...tests }, OBJECT).check(oneTest),
    header: z.strictObject({ header, ...tests }, OBJECT).check(oneTest),
  },
  'expected a condition: an object with all, any, not, at, root or header',
);

/** Where a value is: a pointer from the person of the list, or from the whole payload. */
const path = z.union([pointer, z.strictObject({ root: pointer }, OBJECT)], {
  error: 'expected a JSON pointer such as /data/email, or {"root": "<pointer>"}',
});
export type Path = z.infer<typeof path>;

const zone = z
  .string('expected a time zone')
  .check(z.refine(isTimeZone, { error: 'expected a time zone of the IANA database, such as Europe/Berlin' }));

/**
 * `zone`: of dates and times that name none. `as: "date"`: only the date counts, whatever time stands behind it.
 * `day`: whether a date means its beginning or its end (the default: the last day is worked).
 */
const moment = z.union(
  [
    path,
    z.strictObject({
      at: path,
      zone: z.exactOptional(zone),
      as: z.exactOptional(z.literal('date')),
      day: z.exactOptional(z.literal(['start', 'end'])),
    }),
  ],
  { error: 'expected a path, or {"at": <path>} with zone (IANA), as ("date") and day ("start" or "end")' },
);
export type Moment = z.infer<typeof moment>;

/** Where in a header a value is: after `prefix`, or the field of that name in a list such as `t=1,v1=2`. */
const inHeader = {
  header,
  field: z.exactOptional(z.string().check(z.regex(/^[a-z0-9_-]{1,32}$/i, 'expected the name of a field'))),
  prefix: z.exactOptional(word),
};
export interface InHeader {
  readonly header: string;
  readonly field?: string;
  readonly prefix?: string;
}

const seconds = z
  .int('expected an integer')
  .check(z.minimum(1, 'expected at least 1'), z.maximum(86_400, 'expected at most 86400'));

const timestamp = z.strictObject(
  {
    ...inHeader,
    unit: z.literal(['s', 'ms'], 'expected "s" or "ms"'),
    toleranceSeconds: z._default(seconds, 300),
  },
  OBJECT,
);

const PLACEHOLDER = /\{(?:body|timestamp|method|path)\}/g;
const signed = z.string('expected a template such as {timestamp}.{body}').check(
  z.refine((text) => text.length <= 200 && !/[{}]/.test(text.replace(PLACEHOLDER, '')), {
    error: 'expected a template of {body}, {timestamp}, {method}, {path} and fixed text',
  }),
  z.refine((text) => text.split('{body}').length === 2, { error: 'expected {body} exactly once: it must be signed' }),
);

const hmac = z
  .strictObject(
    {
      kind: z.literal('hmac'),
      algorithm: z.literal(['sha256', 'sha512'], 'expected "sha256" or "sha512"'),
      encoding: z.literal(['hex', 'base64', 'base64url'], 'expected "hex", "base64" or "base64url"'),
      ...inHeader,
      signed: z._default(signed, '{body}'),
      timestamp: z.exactOptional(timestamp),
      secretEncoding: z._default(z.literal(['text', 'base64'], 'expected "text" or "base64"'), 'text'),
    },
    OBJECT,
  )
  .check(
    z.refine((proof) => proof.signed.includes('{timestamp}') === (proof.timestamp !== undefined), {
      error: 'expected timestamp exactly if {timestamp} is signed: an unsigned one proves nothing',
      path: ['timestamp'],
    }),
  );

const proof = z.discriminatedUnion(
  'kind',
  [
    hmac,
    z.strictObject({ kind: z.literal('header'), header, prefix: z.exactOptional(word) }, OBJECT),
    z.strictObject({ kind: z.literal('body'), at: pointer }, OBJECT),
    z.strictObject({ kind: z.literal('standard-webhooks') }, OBJECT),
  ],
  { error: 'expected an object with kind: "hmac", "header", "body" or "standard-webhooks"' },
);
export type Proof = z.infer<typeof proof>;

/** An HMAC without a timestamp stays right for ever, so the time has to be a part of what it covers. */
export const isUndated = (proof: Proof): boolean => proof.kind === 'hmac' && proof.timestamp === undefined;

/**
 * A request that a vendor sends before it has a secret, and that tells nothing: the exact body, or an object with the
 * first of the keys and no others than these. It is answered with 200, and that is all.
 */
const handshake = objectByKey(
  {
    body: z.strictObject({ body: word }, OBJECT),
    keys: z.strictObject({ keys: words }, OBJECT),
  },
  'expected an object with body or keys',
);
export type Handshake = z.infer<typeof handshake>;

const SECRET = 'expected the name or ARN of a secret in AWS Secrets Manager';
const optionalPath = z.exactOptional(path);

export const webhook = z
  .strictObject(
    {
      secret: z.string(SECRET).check(z.regex(/^[\x21-\x7e]{1,2048}$/, SECRET)),
      proof,
      handshake: z._default(z.array(handshake, 'expected a list').check(z.maxLength(5, 'expected at most 5')), []),
      each: z.exactOptional(pointer),
      when: z.strictObject(
        {
          offboarded: z.exactOptional(condition),
          reinstated: z.exactOptional(condition),
          compromised: z.exactOptional(condition),
          ignored: z.exactOptional(condition),
        },
        OBJECT,
      ),
      person: z._default(
        z.strictObject(
          { email: optionalPath, login: optionalPath, externalId: optionalPath, principalName: optionalPath },
          OBJECT,
        ),
        {},
      ),
      accessKeyId: optionalPath,
      id: optionalPath,
      time: z.exactOptional(moment),
      effectiveAt: z.exactOptional(moment),
    },
    'expected an object with secret, proof and when',
  )
  .check(
    z.refine(({ when }) => Boolean(when.offboarded ?? when.reinstated ?? when.compromised), {
      error: 'expected at least one of offboarded, reinstated and compromised',
      path: ['when'],
    }),
    z.refine(({ when, person }) => !(when.offboarded ?? when.reinstated) || Object.keys(person).length > 0, {
      error: 'expected the path of email, login, externalId or principalName',
      path: ['person'],
    }),
    z.refine(({ when, person, accessKeyId }) => !when.compromised || Boolean(accessKeyId ?? person.principalName), {
      error: 'expected the path of the leaked key, or person.principalName',
      path: ['accessKeyId'],
    }),
    z.refine((each) => !isUndated(each.proof) || each.time !== undefined, {
      error: 'expected the path of the time, or a signed timestamp: else an old request could act again',
      path: ['time'],
    }),
    z.refine(({ when }) => Object.values(when).reduce((sum, each) => sum + countOf(each), 0) <= MAX_CONDITIONS, {
      error: `expected at most ${MAX_CONDITIONS} conditions`,
      path: ['when'],
    }),
  );
export type Webhook = z.infer<typeof webhook>;

function countOf(condition: Condition): number {
  if ('not' in condition) return 1 + countOf(condition.not);
  const inner = 'all' in condition ? condition.all : 'any' in condition ? condition.any : [];
  return inner.reduce((sum, each) => sum + countOf(each), 1);
}
