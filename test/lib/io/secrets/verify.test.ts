import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createProofs } from '../../../../lib/io/secrets/webhook-secrets.ts';
import { AdapterError } from '../../../../lib/runtime/adapter-error.ts';
import { bytes, hmac } from '../../../events/sources/requests.ts';

const NEW = ['a', 'new', 'word'].join('-');
const OLD = ['an', 'old', 'word'].join('-');
const MESSAGE = bytes('Hello, World!');

const SHORT = 'expected a webhook secret of at least 24 bytes in base64';

describe('proofs', () => {
  it('take the vector that GitHub publishes', () => {
    const secret = ["It's", 'a', 'Secret', 'to', 'Everybody'].join(' ');
    const signature = Buffer.from('757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17', 'hex');
    expect(createProofs([secret], 'text').hmacSha256(MESSAGE, signature)).toBe(true);
    expect(createProofs([secret], 'text').hmacSha256(bytes('Hello, World'), signature)).toBe(false);
  });

  it('take the vector that GitGuardian publishes: its timestamp is a part of the key', () => {
    const signature = Buffer.from('172fe3d694b734aa53dc892fd3b8d62163fc240064de570ba006900bb54a0fc2', 'hex');
    const mac = { algorithm: 'sha256', message: bytes('bar'), keyPrefix: '0' } as const;
    expect(createProofs(['foo'], 'text').hmac(mac, signature)).toBe(true);
    expect(createProofs(['foo'], 'text').hmac({ ...mac, keyPrefix: '1' }, signature)).toBe(false);
    expect(createProofs(['0foo'], 'text').hmac({ ...mac, keyPrefix: '' }, signature)).toBe(true);
  });

  it('take any of the active secrets and no other', () => {
    const proofs = createProofs([NEW, OLD], 'text');
    for (const secret of [NEW, OLD]) {
      expect(proofs.hmacSha256(MESSAGE, hmac(secret, MESSAGE))).toBe(true);
      expect(proofs.secret(secret)).toBe(true);
    }
    expect(proofs.hmacSha256(MESSAGE, hmac('other', MESSAGE))).toBe(false);
    for (const other of ['', 'other', `${NEW} `, NEW.toUpperCase(), NEW.slice(1), `${NEW}${OLD}`]) {
      expect(proofs.secret(other)).toBe(false);
    }
  });

  it.each([0, 1, 31, 33, 64])('refuse a signature of %i bytes', (length) => {
    const signature = Buffer.concat([hmac(NEW, MESSAGE), hmac(NEW, MESSAGE)]).subarray(0, length);
    expect(createProofs([NEW], 'text').hmacSha256(MESSAGE, signature)).toBe(false);
  });

  it('use the bytes of a secret in base64, with or without whsec_, padded or not', () => {
    const raw = Buffer.from(Array.from({ length: 25 }, (_, index) => index * 7));
    const text = raw.toString('base64');
    for (const secret of [`whsec_${text}`, text, text.replace(/=+$/, ''), `  whsec_${text}\n`]) {
      expect(createProofs([secret], 'base64').hmacSha256(MESSAGE, hmac(raw, MESSAGE))).toBe(true);
    }
  });

  it('trim a secret, as a store may end it with a line feed', () => {
    const proofs = createProofs([`${NEW}\n`], 'text');
    expect(proofs.secret(NEW)).toBe(true);
    expect(proofs.hmacSha256(MESSAGE, hmac(NEW, MESSAGE))).toBe(true);
  });

  it.each([
    [[], 'text', 'expected at least one webhook secret'],
    [[''], 'text', 'expected no empty webhook secret'],
    [[NEW, ' \n'], 'text', 'expected no empty webhook secret'],
    [[''], 'base64', 'expected no empty webhook secret'],
    [['whsec_'], 'base64', 'expected a webhook secret in base64, with or without whsec_ before it'],
    [['whsec_a*bc'], 'base64', 'expected a webhook secret in base64, with or without whsec_ before it'],
    [['whsec_AAAAA'], 'base64', 'expected a webhook secret in base64, with or without whsec_ before it'],
    [[`whsec_${Buffer.alloc(7, 1).toString('base64')}`], 'base64', SHORT],
    [[Buffer.alloc(23, 1).toString('base64')], 'base64', SHORT],
    [[Buffer.alloc(24, 1).toString('base64'), Buffer.alloc(16, 1).toString('base64')], 'base64', SHORT],
  ] as const)('refuse the secrets %j (%s), and do not quote them', (secrets, encoding, message) => {
    expect(() => createProofs(secrets, encoding)).toThrow(new AdapterError('token-malformed', message));
  });

  it('show no secret to who prints them', () => {
    const proofs = createProofs([NEW], 'text');
    const shown = inspect(proofs, { depth: 9, showHidden: true }) + JSON.stringify(proofs) + String(proofs.secret);
    expect(shown).not.toContain(NEW);
  });
});
