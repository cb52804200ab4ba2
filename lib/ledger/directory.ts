/**
 * The identity directory: from a person, as an HR system or directory names them, to principals. Names are compared
 * byte by byte.
 */
import { IDENTITY_KINDS, type Identity, type IdentityKind } from '../../events/data.ts';
import { type PrincipalName, principalName } from '../../events/ids.ts';
import type { Subject } from '../model/plan.ts';
import type { Row, Table } from '../ports.ts';
import type { LedgerPorts } from './events.ts';
import { loginsOf } from './scim-directory.ts';

export interface IdentityName {
  readonly kind: IdentityKind;
  readonly value: string;
}

export function identityName(identity: Identity): IdentityName {
  if ('email' in identity) return { kind: 'email', value: identity.email };
  return 'login' in identity
    ? { kind: 'login', value: identity.login }
    : { kind: 'externalId', value: identity.externalId };
}

export const identityKey = ({ kind, value }: IdentityName): string => `identity#${kind}#${value}`;

/** Undefined: the row is not an entry of the directory. */
export function identityIn({ pk }: Row): IdentityName | undefined {
  const [, kind, value] = /^identity#([^#]+)#([\s\S]+)$/.exec(pk) ?? [];
  const known = IDENTITY_KINDS.find((each) => each === kind);
  return known === undefined || value === undefined ? undefined : { kind: known, value };
}

export function principalsIn({ data: { principals } }: Row): readonly string[] {
  return Array.isArray(principals) ? principals.filter((name) => typeof name === 'string') : [];
}

/**
 * The principals that `entry` and the templates name, each once; undefined if neither names any. `entry`: the
 * directory's principals; undefined: it has no entry. A template may name personal principals only: `saml/` without an
 * `@`, and `role/`, are shared by many people, so only a directory entry may name them.
 */
export function candidatesOf(
  identity: Identity,
  entry: readonly string[] | undefined,
  templates: readonly string[],
): readonly PrincipalName[] | undefined {
  const { kind, value } = identityName(identity);
  const expanded = templates
    .filter((template) => template.includes(`{${kind}}`))
    .map((template) => template.replace(`{${kind}}`, () => value))
    .filter(isPersonal);
  if (entry === undefined && expanded.length === 0) return undefined;
  // Stryker disable next-line ArrayDeclaration: what is no principal name is left out
  return [...new Set([...(entry ?? []), ...expanded])].flatMap((name) => {
    const parsed = principalName.safeParse(name);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Whether a principal is one person's: `saml/` without an `@`, and `role/`, are shared by many. */
export const isPersonal = (name: string): boolean =>
  name.startsWith('coreweave/') || (name.startsWith('saml/') && name.includes('@'));

/**
 * The principals of a subject; undefined: neither the directory nor a template names one. Rejects if the table cannot
 * be reached.
 */
export async function resolvePrincipals(
  table: Pick<Table, 'get'>,
  subject: Subject,
  templates: readonly string[],
): Promise<readonly PrincipalName[] | undefined> {
  if ('principalName' in subject) return [subject.principalName];
  const row = await table.get(identityKey(identityName(subject.identity)));
  const entry = Array.isArray(row?.data.principals) ? principalsIn(row) : undefined;
  return candidatesOf(subject.identity, entry, templates);
}

/**
 * The same, under every name that a SCIM directory knows for the person: after a renaming there may be keys under each.
 * Rejects if the table cannot be reached.
 */
export async function resolveAllPrincipals(
  ports: Pick<LedgerPorts, 'table' | 'sha256'>,
  subject: Subject,
  templates: readonly string[],
): Promise<readonly PrincipalName[] | undefined> {
  if ('principalName' in subject || 'externalId' in subject.identity) {
    return resolvePrincipals(ports.table, subject, templates);
  }
  const { kind, value } = identityName(subject.identity);
  const identities = (await loginsOf(ports, value)).map((name) =>
    kind === 'email' ? { email: name } : { login: name },
  );
  const resolved = await Promise.all(
    identities.map((identity) => resolvePrincipals(ports.table, { identity }, templates)),
  );
  const known = resolved.filter((principals) => principals !== undefined);
  return known.length === 0 ? undefined : [...new Set(known.flat())];
}
