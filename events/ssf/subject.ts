/** Whom an event is about: from a subject identifier to a person of the directory. (RFC 9493, SSF 1.0 §3) */

import type { IdentityKind } from '../data.ts';
import { fieldsOf, isRecord } from '../shapes.ts';
import { firstGroup, shortText } from '../sources/reading.ts';
import { type Issuer, SUBJECT_FORMATS, type SubjectFormat } from './issuer.ts';

/** A person by one name. */
export interface NamedPerson {
  readonly kind: IdentityKind;
  readonly value: string;
}

type Fields = Readonly<Record<string, unknown>>;
/** The name in a subject of this format; undefined: none. */
const NAMES: Readonly<Record<SubjectFormat, (subject: Fields, issuers: readonly string[]) => string | undefined>> = {
  email: (subject) => shortText(subject, 'email'),
  // The same `sub` of another issuer is another person.
  iss_sub: (subject, issuers) =>
    issuers.some((issuer) => issuer === subject.iss) ? shortText(subject, 'sub') : undefined,
  opaque: (subject) => shortText(subject, 'id'),
  account: (subject) => firstGroup(/^acct:([^%]+@[^@%]+)$/, shortText(subject, 'uri')),
};
/** Names of one person that are tried; `aliases` may list more. */
const MAX_ALIASES = 10;

/** The subject of an event: `sub_id`, or `subject` in the event, as of older drafts. Undefined if they differ. */
export function subjectOf(claims: Fields, event: unknown): unknown {
  const [subject, ...others] = namedIn(claims, [event]);
  return others.length === 0 ? subject : undefined;
}

/** The different subjects that a token and its events name. Null names none. */
export function namedIn({ sub_id }: Fields, events: readonly unknown[]): readonly unknown[] {
  const all = [sub_id, ...events.map((event) => fieldsOf(event).subject)];
  const named = all.filter((each) => each !== undefined && each !== null);
  return [...new Map(named.map((each) => [JSON.stringify(each), each])).values()];
}

/** The person that a subject names, in a complex one its `user`; undefined: none that can be found. */
export function personIn(subject: unknown, issuer: Issuer): NamedPerson | undefined {
  if (!isRecord(subject)) return undefined;
  const { format, user, identifiers } = subject;
  if (format === 'complex' || (format === undefined && user !== undefined)) return personOf(user, issuer);
  if (format !== 'aliases' || !Array.isArray(identifiers)) return personOf(subject, issuer);
  const people = identifiers.slice(0, MAX_ALIASES).map((identifier) => personOf(identifier, issuer));
  return people.find((person) => person !== undefined);
}

function personOf(subject: unknown, { subjects, subjectIssuers }: Issuer): NamedPerson | undefined {
  const fields = fieldsOf(subject);
  const format = SUBJECT_FORMATS.find((each) => each === fields.format);
  if (format === undefined) return undefined;
  const value = NAMES[format](fields, subjectIssuers);
  return value === undefined ? undefined : { kind: subjects[format], value };
}
