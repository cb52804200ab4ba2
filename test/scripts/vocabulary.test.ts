import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkVocabulary, FEWEST_FILES, findPrivateWords } from '../../scripts/vocabulary.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('findPrivateWords', () => {
  it.each([
    ['a comment', 'lib/a.ts', '\n/** For whoever is on call. */\nconst a = 1;', [[2, 'whoever']]],
    ['a comment at the end of a file', 'lib/a.ts', 'f();\n// in earnest\n', [[2, 'in earnest']]],
    ['a comment after a URL', 'lib/a.ts', "f('https://a'); // in earnest\n", [[1, 'in earnest']]],
    ['a file of comments', 'lib/a.ts', '/** A door. */\n', [[1, 'door']]],
    ['a comment in a block', 'lib/a.ts', '{\n  // in earnest\n}', [[2, 'in earnest']]],
    ['a phrase on two lines', 'lib/a.ts', '/**\n * It is put on\n * record.\n */\nf();', [[2, 'on record']]],
    ['a string', 'lib/a.ts', "const a = 'one letter';", [[1, 'letter']]],
    ['a template', 'lib/a.ts', 'const a = `\u0024{b}\n looks again \u0024{c}`;', [[2, 'looks again']]],
    [
      'a camel-case name',
      'lib/a.ts',
      'const lettersOfDoor = 1;',
      [
        [1, 'letters'],
        [1, 'Door'],
      ],
    ],
    [
      'variables with the names of JSON keys',
      'lib/a.ts',
      'const { letters } = a;\nf({ mend });\nconst letter = 1;',
      [
        [1, 'letters'],
        [2, 'mend'],
        [3, 'letter'],
      ],
    ],
    [
      'names of other properties',
      'lib/a.ts',
      'a.leaver = { minted: 1 };',
      [
        [1, 'leaver'],
        [1, 'minted'],
      ],
    ],
    ['a snake-case name', 'lib/a.ts', 'const MINTED_KEYS = 1;', [[1, 'MINTED']]],
    [
      'Markdown',
      'a.md',
      '# A\n\nA leaver, and\nthe breaker.',
      [
        [3, 'leaver'],
        [4, 'breaker'],
      ],
    ],
    [
      'a code block of Markdown',
      'a.md',
      'A\n```sh\nrun # mend it\n```\n\na door',
      [
        [3, 'mend'],
        [6, 'door'],
      ],
    ],
    ['lines after generated figures', 'a.md', '<!-- figures: a -->\n1\n<!-- end of figures -->\na door', [[4, 'door']]],
    [
      'YAML',
      'deploy/a.yml',
      'a: b # woken\nc: "a letter"',
      [
        [1, 'woken'],
        [2, 'letter'],
      ],
    ],
    ['a docstring', 'lib/a.ts', '/** Takes a key; returns its\n * owner. */\nf();', [[1, 'Takes a key; returns']]],
    ['British spelling', 'lib/a.ts', '// the behaviour\nf();', [[1, 'behaviour']]],
  ])('finds words in %s', (_name, path, text, expected) => {
    expect(findPrivateWords(path, text).map(({ line, word }) => [line, word])).toEqual(expected);
  });

  it('suggests the standard term', () => {
    expect(findPrivateWords('a.md', 'A letter')).toEqual([{ line: 1, word: 'letter', use: 'dead letter' }]);
  });

  it.each([
    ['the standard terms', 'lib/a.ts', '// A dead letter, the dead-letter queue, the circuit\n// breaker.\nf();'],
    ['names of standard terms', 'lib/a.ts', 'const DEAD_LETTERS = deadLettersOf(circuitBreaker);'],
    ['row fields and JSON keys', 'lib/a.ts', "const { fence, guard } = row; f('letter', 'mend');"],
    [
      'properties with the names of JSON keys',
      'lib/a.ts',
      'interface A { readonly letters: number }\nconst { letter: b } = f(a.letters, { mend: 1 });',
    ],
    ['CSS properties', 'lib/a.ts', "const a = 'h1 { letter-spacing: 0 }';"],
    ['contract names in backticks', 'a.md', 'The row field `fence` and the JSON key `mend`.'],
    ['JSON keys in a code block', 'a.md', '```json\n{ "letter": 1 }\n```'],
    ['the prefix of schedule names', 'lib/a.ts', 'const a = `leaver-\u0024{hash}`;'],
    ['metric names', 'deploy/a.yml', 'MetricName: BreakerOpened'],
    ['targets of links', 'a.md', '[Safety checks](docs/reference.md#safety-checks)'],
    ['log codes of 0.1.0', 'a.md', '`letters-unavailable` is now `dead-letters-unavailable`.'],
    ['the name of an alarm', 'a.md', '### Alarm: breaker open'],
    ['generated figures', 'a.md', '<!-- figures: a -->\n```text\n2 letters\n```\n<!-- end of figures -->\n'],
    ['regular expressions', 'lib/a.ts', 'const a = /letter/;'],
    ['words that contain a private word', 'lib/a.ts', '// recommend, amended, outdoors, lettering\nf();'],
  ])('allows %s', (_name, path, text) => {
    expect(findPrivateWords(path, text)).toEqual([]);
  });
});

describe('checkVocabulary', () => {
  it('reports a planted word, and reads no packages', () => {
    const root = mkdtempSync(join(tmpdir(), 'vocabulary-'));
    try {
      for (const path of ['lib/a.ts', 'new/b.md', 'node_modules/d/e.ts', 'lib/f.json']) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), '\n// a door\n');
      }
      const use = 'webhook endpoint, CLI, entry point';
      expect(checkVocabulary(root)).toEqual({
        files: ['lib/a.ts', 'new/b.md'],
        hits: [`lib/a.ts:2: "door" (use: ${use})`, `new/b.md:2: "door" (use: ${use})`],
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('finds no private word in the project', { timeout: 60_000 }, () => {
    const { hits, files } = checkVocabulary(ROOT);
    expect(hits).toEqual([]);
    expect(files.length).toBeGreaterThanOrEqual(FEWEST_FILES);
    expect(files).toEqual(expect.arrayContaining(['ARCHITECTURE.md', 'handlers/revoke.ts', 'lib/audit/record.ts']));
  });
});
