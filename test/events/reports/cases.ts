/** Small reports made from public bug reports and real tools' output. Placeholders stand for what looks secret. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../fixtures/cases/scanners/', import.meta.url));

/** Each file keeps the name that it had, under which `.txt` is put. */
export const CASES: readonly string[] = globSync('*.txt', { cwd: FOLDER })
  .map((file) => file.replace(/\.txt$/, ''))
  .toSorted();

const alphanumeric = (name: string, length: number): string =>
  createHash('sha512')
    .update(name)
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, length);

/** The secret of a number, the same each time. */
export const caseSecret = (number: string): string => `cwo7${alphanumeric(`secret ${number}`, 39)}`;

const plain = (name: string): string => (name.startsWith('CW') ? name : caseSecret(name.replace('secret ', '')));

/** By the placeholder in braces. */
const OTHERS: Readonly<Record<string, string>> = {
  aws: ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
  github: `ghp_${alphanumeric('github', 36)}`,
  password: 'hunter2'.repeat(2),
  'private-key': ['-----BEGIN RSA', 'PRIVATE KEY-----\\nMIIE\\n-----END RSA', 'PRIVATE KEY-----'].join(' '),
  bom: '\uFEFF',
  esc: '\u001b',
  cr: '\r',
};

const filled = (text: string): string =>
  text.replaceAll(/\{\{([^{}]+)\}\}/g, (_all, name: string) => {
    if (name.startsWith('base64 ')) return Buffer.from(plain(name.slice('base64 '.length))).toString('base64');
    return OTHERS[name] ?? plain(name);
  });

/** The report as bytes: one of PowerShell is UTF-16. */
export function caseBytes(name: string): Buffer {
  const text = filled(readFileSync(`${FOLDER}${name}.txt`, 'utf8'));
  return name.includes('utf16le') ? Buffer.from(`\uFEFF${text}`, 'utf16le') : Buffer.from(text);
}

/** What no output may repeat. */
export const CASE_SECRETS: readonly string[] = [
  ...['1', '2', '3'].map(caseSecret),
  ...[OTHERS.github, OTHERS.password, OTHERS.aws].filter((text) => text !== undefined),
];
