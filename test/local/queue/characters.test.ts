import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideCharacters, showCharacters } from '../../../local/queue/characters.ts';

/** What fauxqs takes. */
const BMP = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/;

describe('hideCharacters', () => {
  it('returns only characters that fauxqs takes, and showCharacters returns the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\uf8ff', '\uf8fe', '\ue000')) }),
        (text) => {
          const sent = [...text]
            .filter((character) => /[\t\n\r\u{20}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(character))
            .join('');
          const hidden = hideCharacters(sent);
          expect(hidden).toMatch(BMP);
          expect(showCharacters(hidden)).toBe(sent);
        },
      ),
    );
  });

  it('returns a text without such characters as it is', () => {
    expect(hideCharacters('\t\n\r \ud7ff\ue000\ufffd')).toBe('\t\n\r \ud7ff\ue000\ufffd');
  });
});
