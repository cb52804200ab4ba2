/** Who and what there is in every history: principals, sources, keys by name, and the protections. */
import { accessKeyId, principalName } from '../../events/ids.ts';
import type { Protection } from '../../lib/model/settings.ts';

export const PRINCIPALS = [
  'saml/ann@example.com',
  'saml/bob@example.com',
  'coreweave/serviceEXAMPLE1',
  'coreweave/breakglassEXAMPLE',
  'saml/eve@example.com',
  'role/training',
] as const;

/** No event may touch it without an approval. */
export const PROTECTED_WHO = 3;
/** A principal by its index; of none: the first. */
export const nameOf = (who: number): string => PRINCIPALS[who] ?? PRINCIPALS[0];

/** The `nth` key (from 0) of a principal: known before it is created. */
export const keyId = (who: number, nth: number): string => `CWSIM${who}KEY${String(nth).padStart(6, '0')}`;
/** An alert about a key, as a reference names it. */
export const alertRef = (who: number, nth: number): string => `acme/app/${who * 1_000 + nth + 1}`;
export function keyOfAlert(ref: string): string {
  const number = Number(ref.split('/').at(-1)) - 1;
  return keyId(Math.floor(number / 1_000), number % 1_000);
}

/** The principal whose first key is protected. */
export const PROTECTED_KEY_WHO = 1;
export const PROTECTED_KEY = keyId(PROTECTED_KEY_WHO, 0);

/** How a directory names a principal: by a template, or by an entry for a login. */
export const identityOf = (who: number): { readonly email: string } | { readonly login: string } => {
  const [, email] = /^saml\/(.+@.+)$/.exec(nameOf(who)) ?? [];
  return email === undefined ? { login: `login-${who}` } : { email };
};

/** The directory's rows in the ledger. */
export const DIRECTORY = PRINCIPALS.flatMap((name, who) => {
  const identity = identityOf(who);
  return 'login' in identity
    ? [{ pk: `identity#login#${identity.login}`, version: 1, data: { principals: [name] } }]
    : [];
});

/** Of several people: no run may end its keys. */
export const isShared = (name: string): boolean => name.startsWith('role/');

export const TEMPLATES = ['saml/{email}'];

export const PROTECTIONS: readonly Protection[] = [
  { target: { principalName: principalName.parse(nameOf(PROTECTED_WHO)) }, owner: 'platform', reason: 'break glass' },
  { target: { accessKeyId: accessKeyId.parse(PROTECTED_KEY) }, owner: 'platform', reason: 'in use' },
];
