/** From a verified security event token to an event of ours. (RFC 8417, SSF 1.0) */
import { printable } from '../printable.ts';
import { fieldsOf, isRecord } from '../shapes.ts';
import { present, type ReportedSubject, readingOf, shortText, unusable } from '../sources/reading.ts';
import type { Reading, Reply } from '../sources/source.ts';
import { type Action, type Effect, meantBy } from './effect.ts';
import { type Issuer, SUBJECT_FORMATS } from './issuer.ts';
import { type NamedPerson, namedIn, personIn } from './subject.ts';
import type { SecurityEventToken, SetFault } from './token.ts';

/** How far an issuer's clock may be ahead of ours. Nothing is too old: transmitters keep what they cannot deliver. */
const MAX_AHEAD_S = 300;

type Fault = Extract<Effect, { kind: 'fault' }>;

/** The claims that each token has. */
interface Claims {
  readonly kind: 'claims';
  /** `jti` */
  readonly id: string;
  /** `iat`, RFC 3339. */
  readonly time: string;
  readonly events: readonly (readonly [type: string, event: unknown])[];
}

/** RFC 8935 §2.3. */
export const errorReply = ({ err, description }: Pick<SetFault, 'err' | 'description'>): Reply => ({
  status: 400,
  headers: { 'content-language': 'en-US' },
  body: { err, description },
});

const TAKEN: Reply = { status: 202 };

/** What a token means whose signature and audience are verified; `name` is that of the issuer, now in epoch ms. */
export function readSet(name: string, issuer: Issuer, token: SecurityEventToken, now: number): Reading {
  const claims = claimsOf(token.claims, now);
  if (claims.kind === 'incomplete') return malformed(claims.why, reportOf(name, token.claims, undefined));
  const { acting, faults, ignored } = meantBy(token.claims, claims.events, issuer);
  const told = faults.map((fault) => ({ ...reportOf(name, token.claims, fault.subject), ...fault }));
  const rest = { ignoredReasons: [], nothing: ignored, reply: TAKEN };
  if (acting === undefined) return readingOf([], { ...rest, faults: told }, now);
  const report = reportOf(name, token.claims, acting.subject);
  const data = dataOf(acting.action, personIn(acting.subject, issuer), issuer);
  if ('kind' in data) return readingOf([], { ...rest, faults: [{ ...report, ...data }, ...told] }, now);
  const { id, time } = claims;
  const evidence = {
    detector: acting.type,
    receivedVia: 'ssf-push',
    verifiedBy: `jws-${token.algorithm}`,
    sourceEventId: id,
  };
  const value = {
    specversion: '1.0',
    ...{ type: data.type, id: printable(id), source: `ssf://${name}`, time },
    data: { ...data.target, evidence },
  };
  return readingOf([{ ...report, value }], { ...rest, faults: told }, now);
}

function malformed(why: string, report: ReportedSubject): Reading {
  const fault = unusable({ ...report, reason: 'invalid', detail: why });
  return { kind: 'refused', why, reply: errorReply({ err: 'invalid_request', description: why }), unusable: [fault] };
}

function claimsOf(
  claims: Readonly<Record<string, unknown>>,
  now: number,
): Claims | { readonly kind: 'incomplete'; readonly why: string } {
  const { iat } = claims;
  const id = shortText(claims, 'jti');
  if (id === undefined) return { kind: 'incomplete', why: 'expected jti' };
  if (typeof iat !== 'number' || !(iat >= 0)) return { kind: 'incomplete', why: 'expected iat' };
  if (iat * 1_000 > now + MAX_AHEAD_S * 1_000) return { kind: 'incomplete', why: 'expected iat not in the future' };
  const events = Object.entries(fieldsOf(claims.events));
  if (events.length === 0 || !events.every(([, event]) => isRecord(event))) {
    return { kind: 'incomplete', why: 'expected events, an object of objects' };
  }
  return { kind: 'claims', id, time: new Date(Math.floor(iat) * 1_000).toISOString(), events };
}

const NO_PERSON: Fault = {
  kind: 'fault',
  reason: 'invalid',
  detail: `expected one subject, which names a person as one of ${SUBJECT_FORMATS.join(', ')}`,
};
const NO_PRINCIPAL: Fault = {
  kind: 'fault',
  reason: 'invalid',
  detail: 'expected principal in SSF_ISSUERS, which names the personal principal of this subject',
};

/** The type and target of an event for `parseEvent`. */
interface Data {
  readonly type: string;
  readonly target: Readonly<Record<string, unknown>>;
}

function dataOf(action: Action, person: NamedPerson | undefined, issuer: Issuer): Data | Fault {
  if (person === undefined) return NO_PERSON;
  const identity = { [person.kind]: person.value };
  switch (action) {
    case 'offboarded':
      return { type: 'user.offboarded.v1', target: { identity } };
    case 'staged':
      return { type: 'user.offboarded.v1', target: { identity, staged: true } };
    case 'reinstated':
      return { type: 'user.reinstated.v1', target: { identity } };
    case 'compromised': {
      const principalName = principalOf(person, issuer);
      return principalName === undefined
        ? NO_PRINCIPAL
        : { type: 'credential.compromised.v1', target: { principalName, scope: 'principal' } };
    }
  }
}

/** A principal that many people share is no one's, as for PRINCIPAL_TEMPLATES. */
function principalOf({ kind, value }: NamedPerson, { principal }: Issuer): string | undefined {
  if (!principal?.includes(`{${kind}}`)) return undefined;
  const name = principal.replace(`{${kind}}`, () => value);
  return /^(?:coreweave\/|saml\/.*@)/.test(name) ? name : undefined;
}

/** Characters of a subject, and of a type, that a dead letter repeats. A cut could leave a part of a secret. */
const MAX_SUBJECT = 2_000;
const MAX_TYPE = 512;
const MAX_TYPES = 10;

function reportOf(name: string, claims: Readonly<Record<string, unknown>>, subject: unknown): ReportedSubject {
  const { iat } = claims;
  const events = fieldsOf(claims.events);
  const jti = shortText(claims, 'jti');
  const [first = null, ...others] = namedIn(claims, Object.values(events));
  const given = subject ?? (others.length === 0 ? first : [first, ...others]);
  const text = JSON.stringify(given);
  const types = Object.keys(events)
    .slice(0, MAX_TYPES)
    .map((type) => (type.length > MAX_TYPE ? `a type of ${type.length} characters` : type));
  const isNamed = Object.keys(fieldsOf(given)).some((field) => field !== 'format');
  return {
    about: [isNamed ? `${text} ${types.join(' ')}` : jti],
    identifiers: {
      sender: `ssf/${name}`,
      ...present({ jti }),
      ...(typeof iat === 'number' ? { iat } : {}),
      events: types,
      ...(text.length > MAX_SUBJECT ? {} : { subject: given }),
    },
  };
}
