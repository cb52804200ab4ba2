/** From a person to principals: what the directory names, and what templates spell. Compared byte-exactly, never repaired. */
import type { Identity } from '../../events/data.ts';
import { type PrincipalName, principalName } from '../../events/ids.ts';

/** Takes an identity; returns its kind and value. */
export function namedBy(identity: Identity): {
  readonly kind: 'email' | 'login' | 'externalId';
  readonly value: string;
} {
  if ('email' in identity) return { kind: 'email', value: identity.email };
  return 'login' in identity
    ? { kind: 'login', value: identity.login }
    : { kind: 'externalId', value: identity.externalId };
}

/**
 * Takes an identity, the directory's principals for it (undefined: it has no entry) and the templates; returns the
 * candidates, each once, or undefined when neither directory nor template says anything. A template may spell personal
 * principals only: `saml/` without an `@`, and `role/`, are shared by many, and only a directory entry may name them.
 */
export function candidatesOf(
  identity: Identity,
  entry: readonly string[] | undefined,
  templates: readonly string[],
): readonly PrincipalName[] | undefined {
  const { kind, value } = namedBy(identity);
  const spelt = templates
    .filter((template) => template.includes(`{${kind}}`))
    .map((template) => template.replace(`{${kind}}`, () => value))
    .filter(isPersonal);
  if (entry === undefined && spelt.length === 0) return undefined;
  // Stryker disable next-line ArrayDeclaration: what is no principal name is left out
  return [...new Set([...(entry ?? []), ...spelt])].flatMap((name) => {
    const parsed = principalName.safeParse(name);
    return parsed.success ? [parsed.data] : [];
  });
}

const isPersonal = (name: string): boolean =>
  name.startsWith('coreweave/') || (name.startsWith('saml/') && name.includes('@'));
