/** Parsers of configuration values: text in; a value, or what was expected, never the text itself. */
import { accessKeyId, type PrincipalName, principalName } from '../../../events/ids.ts';
import { instantMs } from '../../../events/instant.ts';
import {
  array,
  atLeast,
  atMost,
  firstOf,
  integer as integerSchema,
  literal,
  matches,
  optional,
  record,
  type Schema,
  strictObject,
  text as textSchema,
} from '../../../events/schema.ts';
import { holdsSecret } from '../../../events/secrets.ts';
import { isPersonal } from '../../ledger/directory.ts';
import { HOLD_REASONS, type HoldReason } from '../../model/reasons.ts';
import { isSenderId, OPERATOR, OWN_ROLES, type OwnRole, SENDER_TYPES, type SenderBinding } from '../../model/sender.ts';
import type { KeyLimitSettings, Limits, Protection } from '../../model/settings.ts';

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };
export type Parse<T> = (text: string) => Parsed<T>;

const right = <T>(value: T): Parsed<T> => ({ ok: true, value });
const wrong = (expected: string): { readonly ok: false; readonly expected: string } => ({ ok: false, expected });

/** Exactly one of the words. */
export const oneOf =
  <const Word extends string>(...words: readonly Word[]): Parse<Word> =>
  (text) => {
    const word = words.find((each) => each === text);
    return word === undefined ? wrong(words.join(' or ')) : right(word);
  };

export const flag: Parse<boolean> = (text) =>
  text === 'true' || text === 'false' ? right(text === 'true') : wrong('true or false');

/** Decimal digits only, within bounds. */
export const integer =
  (least: number, most: number): Parse<number> =>
  (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? right(value) : wrong(`an integer from ${least} to ${most}`);
  };

/** Text that matches; `expected` says it in words. */
export const matching =
  (pattern: RegExp, expected: string): Parse<string> =>
  (text) =>
    pattern.test(text) ? right(text) : wrong(expected);

const DURATION = /^P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?)$/;
const UNIT_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000];

/**
 * An ISO 8601 duration between `least` and `most` (durations too), as ms: `PnW`, or `PnDTnHnMnS` without empty parts.
 * Years and months have no fixed length and are refused, like fractions.
 */
export const duration =
  (least: string, most: string): Parse<number> =>
  (text) => {
    const value = durationMs(text);
    return value >= durationMs(least) && value <= durationMs(most)
      ? right(value)
      : wrong(`an ISO 8601 duration (weeks, or days, hours, minutes, seconds) from ${least} to ${most}`);
  };

/** Milliseconds of an ISO 8601 duration; NaN when it is none. */
const durationMs = (text: string): number => {
  const parts = text === 'P' ? undefined : DURATION.exec(text)?.slice(1);
  return parts === undefined
    ? Number.NaN
    : parts.reduce((sum, count, index) => sum + Number(count ?? 0) * (UNIT_MS[index] ?? 0), 0);
};

export const principal: Parse<PrincipalName> = (text) => {
  const result = principalName.safeParse(text);
  return result.success ? right(result.data) : wrong('a full principal name: coreweave/…, saml/… or role/…');
};

/** A name that may be repeated: an unknown key may be anything. */
const FIELD = /^[A-Za-z]\w{0,39}$/;

/**
 * JSON that the schema takes. The first wrong place is named by its path, unless a secret was put where a name belongs.
 */
const json =
  <T>(schema: Schema<T>, expected: string): Parse<T> =>
  (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return wrong(`${expected} in JSON`);
    }
    const result = schema.safeParse(value);
    if (result.success) return right(result.data);
    const [{ path, unknownKeys = [] } = { path: [] }] = result.issues;
    const place = [...path, ...unknownKeys.filter((key) => FIELD.test(key)).slice(0, 1)].join('.');
    return wrong(place && !holdsSecret(place) ? `${expected}; look at ${place}` : expected);
  };

/** The text of one field. What is wrong with it is said of the whole variable, by its place. */
const field = (pattern: RegExp): Schema<string> => textSchema('', matches(pattern, ''));

const words = field(/^.{1,512}$/s);
const time = textSchema('', { holds: (text) => instantMs(text) !== undefined && !/[tz]/.test(text), message: '' });
const about = { owner: words, reason: words, until: optional(time) };
const protection = firstOf(strictObject({ principalName, ...about }), strictObject({ accessKeyId, ...about }));

/** `[{"principalName" | "accessKeyId", "owner", "reason", "until"?: RFC 3339}]` */
export const protections: Parse<readonly Protection[]> = (text) => {
  const parsed = json(
    array(protection, ''),
    'a list of {"principalName" or "accessKeyId", "owner", "reason", and maybe "until" as an RFC 3339 time}',
  )(text);
  if (!parsed.ok) return parsed;
  return right(
    parsed.value.map(({ owner, reason, until, ...target }) => ({
      target,
      owner,
      reason,
      ...(until === undefined ? {} : { until: Date.parse(until) }),
    })),
  );
};

/** The members of a window, hashed, stand in one DynamoDB item (400 KB), which this many fill by less than half. */
const most = integerSchema(1, 5_000, '');

/** Counted, not kept: there may be more of them. */
const mostKeys = optional(firstOf(integerSchema(1, 1_000_000, ''), literal(['off'], '')));

/** The limits on keys where LIMITS does not name them, as in 0.1. */
const KEY_LIMITS = { senderKeysPer10Minutes: 500, senderKeysPerDay: 2_000 } as const;

/** All four figures of principals, and maybe those of keys. */
export const limits: Parse<{ readonly limits: Limits; readonly keyLimits: KeyLimitSettings }> = (text) => {
  const parsed = json(
    strictObject({
      sourcePer10Minutes: most,
      sourcePerDay: most,
      totalPer10Minutes: most,
      totalPerDay: most,
      senderKeysPer10Minutes: mostKeys,
      senderKeysPerDay: mostKeys,
    }),
    'sourcePer10Minutes, sourcePerDay, totalPer10Minutes and totalPerDay, each an integer from 1 to 5000, and maybe ' +
      'senderKeysPer10Minutes and senderKeysPerDay, each an integer from 1 to 1000000 or "off"',
  )(text);
  if (!parsed.ok) return parsed;
  const { senderKeysPer10Minutes, senderKeysPerDay, ...principals } = { ...KEY_LIMITS, ...parsed.value };
  return right({ limits: principals, keyLimits: { senderKeysPer10Minutes, senderKeysPerDay } });
};

/** `{"<role id>": "ingest" | …}`; those with an empty id are left out, as of a canary that is not deployed. */
export const ownRoles: Parse<ReadonlyMap<string, OwnRole>> = (text) => {
  const parsed = json(
    record(/^[A-Za-z0-9-]{0,128}$/, literal(OWN_ROLES, '')),
    `an object of ${OWN_ROLES.join(', ')} by role id`,
  )(text);
  return parsed.ok ? right(new Map(Object.entries(parsed.value).filter(([id]) => id !== ''))) : parsed;
};

const senderText = field(/^[\x21-\x7e]{1,128}$/);
const binding = strictObject({
  name: senderText,
  senderId: textSchema('', { holds: isSenderId, message: '' }),
  sources: array(field(/^[\x20-\x7e]{0,512}$/), '', atLeast(1, ''), atMost(50, '')),
  // With a type that does not exist, all events of the sender would be held.
  types: optional(array(literal(SENDER_TYPES, ''), '', atLeast(1, ''))),
  authority: senderText,
});

/**
 * `[{"name", "senderId", "sources", "types"?, "authority"}]`. Without an operator, no key could be revoked by hand in
 * an emergency.
 */
export const senders: Parse<readonly SenderBinding[]> = (text) => {
  const parsed = json(
    array(binding, '', atMost(100, '')),
    'a list of {"name", "senderId" without its session, "sources" as prefixes, "authority"} and maybe "types", ' +
      `a list of ${SENDER_TYPES.join(', ')}`,
  )(text);
  if (!parsed.ok) return parsed;
  if (!parsed.value.some(({ authority }) => authority === OPERATOR)) {
    return wrong(`at least one sender with "authority": "${OPERATOR}"`);
  }
  return right(parsed.value.map(({ types, ...rest }) => ({ ...rest, ...(types === undefined ? {} : { types }) })));
};

const PLACEHOLDER = /\{(?:email|login|externalId)\}/;

/** A principal name with exactly one placeholder after its kind, which can name a person. */
const template = textSchema('', {
  holds: (text) => {
    const name = text.replace(PLACEHOLDER, 'x');
    const isUsable = isPersonal(text.replace(PLACEHOLDER, 'x@x'));
    return name !== text && !/[{}]/.test(name) && principalName.safeParse(name).success && isUsable;
  },
  message: '',
});

export const templates: Parse<readonly string[]> = json(
  array(template, ''),
  'a list of principal names, coreweave/… or saml/…, with exactly one {email}, {login} or {externalId} in each, ' +
    'since a role/… is shared by many people',
);

const secretId = field(/^[\x21-\x7e]{0,2048}$/);

/** Each is a dimension of metrics, and billed: few. */
const source = field(/^[\x21-\x7e]{1,512}$/);

/** `["<source of events>"]` */
export const sourceNames: Parse<ReadonlySet<string>> = (text) => {
  const parsed = json(
    array(source, '', atMost(20, '')),
    'a list of at most 20 sources of events, printable ASCII without spaces',
  )(text);
  return parsed.ok ? right(new Set(parsed.value)) : parsed;
};

export const holdReasons: Parse<readonly HoldReason[]> = (text) => {
  const parsed = json(
    array(literal(HOLD_REASONS, ''), '', atMost(HOLD_REASONS.length, '')),
    'a list of reasons for a hold, such as held-protected',
  )(text);
  return parsed.ok ? right([...new Set(parsed.value)].toSorted()) : parsed;
};

/** `{"<source>": "<name or ARN of a secret>"}`; those with an empty text are left out. */
export const secretIds: Parse<ReadonlyMap<string, string>> = (text) => {
  const parsed = json(record(/^/, secretId), 'an object of names or ARNs of secrets by the names of senders')(text);
  return parsed.ok ? right(new Map(Object.entries(parsed.value).filter(([, id]) => id !== ''))) : parsed;
};

const API_HOSTS: ReadonlySet<string> = new Set(['api.coreweave.com']);
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** Whether the URL stays on this machine. */
export const isLoopback = (url: URL): boolean => LOOPBACK.has(url.hostname);
/**
 * An origin: https and one of the hosts with its default port, or anything on localhost. Userinfo
 * (`https://api.coreweave.com@evil.example`), a path, a query and a fragment are refused, empty ones too.
 */
const origin =
  (isHost: (host: string) => boolean, hosts: string): Parse<URL> =>
  (text) => {
    const url = URL.parse(text);
    const bare = url !== null && text.replace(/\/$/, '').toLowerCase() === url.origin;
    const allowed = url !== null && (isLoopback(url) || (url.protocol === 'https:' && isHost(url.host)));
    return bare && allowed && /^https?:$/.test(url.protocol)
      ? { ok: true, value: url }
      : { ok: false, expected: `${hosts}, or http(s) on loopback, without user, path, query and fragment` };
  };

/** The origin of the CoreWeave API. */
export const apiUrl: Parse<URL> = origin(
  (host) => API_HOSTS.has(host),
  [...API_HOSTS].map((host) => `https://${host}`).join(', '),
);

const isGithubHost = (host: string): boolean =>
  host === 'api.github.com' || /^api\.[a-z0-9-]{1,63}\.ghe\.com$/.test(host);
/** Of GitHub itself, where no server of one's own can be. */
const GITHUB_DOMAINS = /(?:^|\.)(?:github\.com|ghe\.com|githubusercontent\.com)$/;
const SERVER_API = '/api/v3';

const githubOrigin = origin(
  isGithubHost,
  `https://api.github.com, https://api.<name>.ghe.com, https://<GitHub Enterprise Server>${SERVER_API}`,
);

/**
 * The GitHub API: of github.com, of a subdomain of ghe.com, or of a GitHub Enterprise Server, with its path. (GitHub,
 * data residency; GitHub Enterprise Server, REST API)
 */
export const githubApiUrl: Parse<URL> = (text) => {
  const url = URL.parse(text);
  const isServer =
    url?.protocol === 'https:' &&
    text.replace(/\/$/, '').toLowerCase() === `${url.origin}${SERVER_API}` &&
    url.hostname.includes('.') &&
    !GITHUB_DOMAINS.test(url.hostname);
  return isServer ? right(url) : githubOrigin(text);
};

/** The URL of a standard queue. FIFO is refused: a failing message would hold up those behind it. */
export const queueUrl: Parse<string> = (text) => {
  const url = URL.parse(text);
  const usable = url !== null && /^https?:$/.test(url.protocol) && /^\/[^?#]*[^/?#]$/.test(url.pathname);
  return usable && url.search === '' && url.hash === '' && !url.pathname.endsWith('.fifo')
    ? { ok: true, value: text }
    : { ok: false, expected: 'the URL of a standard queue, not of a .fifo queue' };
};
