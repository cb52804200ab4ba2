/** The fixtures: as published once the placeholders are filled in, and without anything that looks like a secret. */
import { describe, expect, it } from 'vitest';
import { holdsSecret } from '../../events/secrets.ts';
import { sha256 } from './fakes.ts';
import { PUBLISHED, readPublished, readStored } from './published-samples.ts';

const SOURCES: Readonly<Record<string, { readonly sha256: string }>> = JSON.parse(readStored('SOURCES.json'));

/** Live secrets that `holdsSecret` has no reason to know. */
const FOREIGN_SECRET = /\b(?:A[KS]IA[A-Z0-9]{16}|whsec[_-][\w+/=]{20}|aio_\w{20}|\w{32}-us\d)/;

describe('published samples', () => {
  it('PUBLISHED: lists exactly the files of SOURCES.json', () => {
    expect(PUBLISHED).toEqual(Object.keys(SOURCES).toSorted());
    expect(PUBLISHED.length).toBeGreaterThan(150);
  });

  it('readPublished: returns the bytes that were published', () => {
    expect(PUBLISHED.filter((file) => sha256(readPublished(file)) !== SOURCES[file]?.sha256)).toEqual([]);
  });

  it('readStored: no stored file holds what looks like a secret', () => {
    const looksSecret = (text: string): boolean => holdsSecret(text) || FOREIGN_SECRET.test(text);
    expect(PUBLISHED.filter((file) => looksSecret(readStored(file)))).toEqual([]);
    expect(PUBLISHED.filter((file) => looksSecret(readPublished(file))).length).toBeGreaterThan(5);
  });
});
