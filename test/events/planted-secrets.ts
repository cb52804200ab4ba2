/** Made-up secrets of every kind that we look for, put together at run time so that no file holds one. */
import { gzipSync } from 'node:zlib';
import { KEY_ID, PRINCIPAL } from '../support/event-factory.ts';
import { seededChance } from '../support/seeded-chance.ts';

/** A random alphanumeric text of `length` characters. */
type Generator = (length: number) => string;

const packed = (text: string): string => Buffer.from(text).toString('base64url');
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');

const parted = (secret: string, by: string): string => secret.slice(0, 7) + by + secret.slice(7);

/** RFC 4648 §6. */
const base32 = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .replace(/.{1,5}/g, (bits) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(Number.parseInt(bits.padEnd(5, '0'), 2)));

const secretsOf = (alphanumeric: Generator): Readonly<Record<string, string>> => ({
  'key secret': `cwo${alphanumeric(40)}`,
  'API token': `CW-SECRET-${alphanumeric(32)}`,
  JWT: [packed('{"alg":"RS256","typ":"JWT"}'), packed('{"sub":"user"}'), alphanumeric(43)].join('.'),
  'private key': ['-----BEGIN', 'PRIVATE', `KEY-----\n${alphanumeric(64)}\n-----END`, 'PRIVATE', 'KEY-----'].join(' '),
  'GitHub token': `ghp_${alphanumeric(36)}`,
  'GitHub fine-grained token': `github_pat_${alphanumeric(40)}`,
  'Slack token': `xoxb-${alphanumeric(24)}`,
  'GitLab token': `glpat-${alphanumeric(20)}`,
  'bearer token': `Bearer ${alphanumeric(32)}`,
  'URL with credentials': `https://user:${alphanumeric(12)}@git.internal`,
});

/** One of each kind, the same each time. */
export const SECRETS = secretsOf((length) => 'aB3xYz9Q'.repeat(length).slice(0, length));

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `count` of each kind, all different, from chance that is the same each time. */
export function manySecrets(count: number): readonly string[] {
  const chance = seededChance(1_000);
  const alphanumeric: Generator = (length) =>
    Array.from({ length }, () => ALPHABET.charAt(Math.floor(chance.fraction() * ALPHABET.length))).join('');
  return Array.from({ length: count }, () => Object.values(secretsOf(alphanumeric))).flat();
}

/** How a secret may stand in a text other than plainly. */
export const ENCODINGS: Readonly<Record<string, (secret: string) => string>> = {
  base64: (secret) => Buffer.from(secret).toString('base64'),
  'base64, one byte on': (secret) => Buffer.from(`.${secret}`).toString('base64url'),
  'base64, two bytes on': (secret) => Buffer.from(`..${secret}`).toString('base64'),
  'base64 behind one character': (secret) => `q${Buffer.from(secret).toString('base64')}`,
  'base64 behind two characters': (secret) => `qq${Buffer.from(secret).toString('base64')}`,
  'base64 behind three characters': (secret) => `qqq${Buffer.from(secret).toString('base64')}`,
  'base64 in lines': (secret) => Buffer.from(`....${secret}`).toString('base64').replace(/.{16}/g, '$&\r\n'),
  'base64 in lines, in JSON': (secret) => Buffer.from(`....${secret}`).toString('base64').replace(/.{16}/g, '$&\\n'),
  'base64 of base64': (secret) => Buffer.from(Buffer.from(secret).toString('base64')).toString('base64'),
  'base64 of UTF-16': (secret) => Buffer.from(secret, 'utf16le').toString('base64'),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  'hex in capitals, one digit on': (secret) => `A${Buffer.from(secret).toString('hex').toUpperCase()}`,
  'percent-encoding': (secret) => Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
  'percent-encoding, twice': (secret) => Buffer.from(secret).toString('hex').replace(/../g, '%25$&'),
  'JSON escapes': (secret) => Buffer.from(secret).toString('hex').replace(/../g, '\\u00$&'),
  'JSON escapes in JSON': (secret) => Buffer.from(secret).toString('hex').replace(/../g, '\\\\\\u00$&'),
  'escapes of bytes': (secret) => Buffer.from(secret).toString('hex').replace(/../g, '\\x$&'),
  'base64, three times': (secret) => base64(base64(base64(secret))),
  'base64 of gzip': (secret) => base64(gzipSync(secret)),
  base32: (secret) => base32(secret),
  'base32, in lower case': (secret) => base32(secret).toLowerCase(),
  'base32 behind a character': (secret) => `Q${base32(secret)}`,
  'hex with colons': (secret) => hex(secret).replace(/..(?=.)/g, '$&:'),
  'hex with blanks': (secret) => hex(secret).replace(/..(?=.)/g, '$& '),
  'hex as in a program': (secret) => hex(secret).replace(/../g, '0x$&, '),
  'numbers of bytes': (secret) => JSON.stringify(Buffer.from(secret)),
  'escapes in octal': (secret) =>
    [...Buffer.from(secret)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  'quoted-printable': (secret) => hex(secret).toUpperCase().replace(/../g, '=$&'),
  'character references': (secret) => [...Buffer.from(secret)].map((byte) => `&#${byte};`).join(''),
  'character references in hex, escaped': (secret) => hex(secret).replace(/../g, '&amp;#x$&;'),
  'characters without width between': (secret) => secret.split('').join('\u200b'),
  'a soft hyphen inside': (secret) => parted(secret, '\u00ad'),
  'a zero-width space inside, percent-encoded': (secret) => parted(secret, '%E2%80%8B'),
  'a word joiner inside, in escapes of bytes': (secret) => parted(secret, '\\xe2\\x81\\xa0'),
  'a variation selector inside, as bytes in character references': (secret) => parted(secret, '&#xEF;&#xB8;&#x8F;'),
  'base64 of characters without width between': (secret) => base64(secret.split('').join('\u200b')),
  'hex of a soft hyphen inside': (secret) => hex(parted(secret, '\u00ad')),
  'base64 with a zero-width space inside': (secret) => parted(base64(secret), '\u200b'),
  'UTF-16': (secret) => secret.split('').join('\0'),
  'an escape inside': (secret) =>
    `${secret.slice(0, 8)}\\u00${Buffer.from(secret.slice(8, 9)).toString('hex')}${secret.slice(9)}`,
};

/** Texts that could be taken for secrets. */
export const HARMLESS: readonly string[] = [
  '',
  KEY_ID,
  `CWO${'ABCDEFGH'.repeat(3)}`,
  PRINCIPAL,
  'saml/user@example.com',
  'role/https://token.actions.githubusercontent.com:repo:octo-org/octo-repo:environment:prod',
  'role/https://issuer.example:user@example.com',
  'a bearer of bad news',
  'https://host.example:8443/path?mail=user@example.com',
  '{"url":"https://host.example:8443","mail":"user@example.com"}',
  JSON.stringify(JSON.stringify({ url: 'https://host.example:8443', mail: 'user@example.com' })),
  'https://user@host.example/',
  'the prefix cwo is followed by forty characters',
  'eyJ is how a header begins. So it is.',
  '-----BEGIN PUBLIC KEY-----',
  '5b53b920-3e7c-6003-589a-0123456789ab',
  '9f2c1a7b4d6e8f009f2c1a7b4d6e8f00',
  'xoxo',
];
