/**
 * 100,000 names that are no secrets: none is refused, and none is masked. All are judged by themselves; of the readers
 * each reads one in `NAMES_SHARE` (1: all, which takes minutes).
 */
import { describe, expect, it } from 'vitest';
import { holdsSecret } from '../../../events/secrets.ts';
import { type Kind, KNOWN, names } from '../../support/name-corpus.ts';
import { inParts, READERS, type Reader } from './readers.ts';

const KINDS: readonly Kind[] = ['person', 'repository', 'domain', 'file', 'url'];
const CORPUS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...KINDS.map((kind) => [kind, names(kind, 20_000)] as const),
  ['known', KNOWN],
]);

const SHARE = Number(process.env.NAMES_SHARE ?? 25);

const isWhole = (read: Reader, batch: readonly string[]): boolean => {
  const { passed, shown } = read(batch);
  return passed === batch.length && !JSON.stringify(shown).includes('redacted]');
};

describe.each([...CORPUS])('names: %s', (_kind, corpus) => {
  it('hold no secret', () => expect(corpus.filter(holdsSecret)).toEqual([]));

  it.each(Object.entries(READERS))('go through %s', (name, read) => {
    const offset = Object.keys(READERS).indexOf(name) % SHARE;
    const share = corpus.length < 1_000 ? corpus : corpus.filter((_name, at) => at % SHARE === offset);
    const lost = inParts(share, 200).flatMap((batch) =>
      isWhole(read, batch) ? [] : batch.filter((text) => !isWhole(read, [text])),
    );
    expect(lost.slice(0, 10)).toEqual([]);
  });
});
