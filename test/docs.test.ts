/** Tables, examples, paths and links of the documents match the code. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../events/canonical.ts';
import { OUTCOME_TERMS } from '../lib/audit/ocsf-terms.ts';
import { VARIABLES } from '../lib/io/config/variables.ts';
import { FAILURE_REASONS, HOLD_REASONS } from '../lib/model/reasons.ts';
import { SAFETY_CHECKS } from '../lib/revoke/checks.ts';
import { CHECKS, createSteps } from '../local/demo/steps.ts';
import packageJson from '../package.json' with { type: 'json' };
import { LAYER_TABLE } from './architecture/layer-table.ts';
import { brokenLinks, type Documents, linksIn, quotedIn, rowsOf, scriptsIn, sectionOf } from './docs/markdown.ts';

const ROOT = resolve(import.meta.dirname, '..');
const NAMES = ['README', 'ARCHITECTURE', 'AGENTS', 'CONTRIBUTING', 'CHANGELOG', 'SECURITY', 'RUNBOOK'].map(
  (name) => `${name}.md`,
);
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const exists = (path: string): boolean => existsSync(join(ROOT, path));
const documents: Documents = new Map(
  [...NAMES, ...globSync('docs/*.md', { cwd: ROOT })].map((name) => [name, read(name)]),
);
const REFERENCE = read('docs/reference.md');

describe('docs/reference.md', () => {
  it('has names, defaults and meanings of the variables', () => {
    const expected = VARIABLES.map(({ name, requiredBy, fallback, meaning }) => {
      const absent = requiredBy.includes('revoke') ? 'required' : '–';
      return [`\`${name}\``, fallback === undefined ? absent : `\`${fallback}\``, meaning];
    });
    expect(rowsOf(sectionOf(REFERENCE, '## Configuration'))).toEqual(expected);
  });

  it('shows events that parseEvent accepts', () => {
    const block = /```jsonl\n([\s\S]*?)```/.exec(sectionOf(REFERENCE, '## Events'))?.[1] ?? '';
    const now = Date.parse('2026-11-23T10:00:00Z');
    const parsed = block
      .trim()
      .split('\n')
      .map((line) => parseEvent(JSON.parse(line), now));
    expect(parsed.map((result) => (result.kind === 'event' ? result.event.type : result.detail))).toEqual([
      'credential.compromised.v1',
      'credential.compromised.v1',
      'user.offboarded.v1',
      'user.offboarded.v1',
      'user.reinstated.v1',
    ]);
  });

  it('explains each outcome once', () => {
    const named = rowsOf(sectionOf(REFERENCE, '## Outcomes')).flatMap(([outcome = '']) => quotedIn(outcome));
    expect(named.toSorted()).toEqual(Object.keys(OUTCOME_TERMS).toSorted());
  });

  it('has the table of safety checks', () => {
    const expected = Object.values(SAFETY_CHECKS)
      .flat()
      .map(({ name, appliesTo, reason, cost }) => [
        name,
        appliesTo.map((kind) => kind.replaceAll('-', ' ')).join(', '),
        `\`${reason}\``,
        cost,
      ]);
    expect(rowsOf(sectionOf(REFERENCE, '## Safety checks'))).toEqual(expected);
  });

  it('names each reason code of a dead letter, holds beside the safety checks', () => {
    const holds = quotedIn(sectionOf(REFERENCE, '## Safety checks')).filter((word) => /^held-[a-z-]+$/.test(word));
    expect([...new Set(holds)].toSorted()).toEqual([...HOLD_REASONS].toSorted());
    const failures = rowsOf(sectionOf(REFERENCE, '## Reason codes')).flatMap(([code = '']) => quotedIn(code));
    expect(failures.toSorted()).toEqual([...FAILURE_REASONS].toSorted());
  });

  it('names each parameter of the deployment', () => {
    const params = /\n {2}default:\n([\s\S]*?)\n\n/.exec(read('serverless.yml'))?.[1] ?? '';
    const names = [...params.matchAll(/^ {4}(\w+):/gm)].map(([, name]) => name);
    expect(names).toContain('mode');
    expect(quotedIn(sectionOf(REFERENCE, '## Parameters'))).toEqual(expect.arrayContaining(names));
  });
});

describe('the demo', () => {
  it('has as many events and follow-up checks as the documents say', () => {
    const events = createSteps(0).length;
    const verdict = `All ${events} events and ${CHECKS.length} follow-up checks ended as expected`;
    expect(read('README.md')).toContain(`a demo of ${events} events`);
    expect(read('README.md')).toContain(verdict);
    expect(read('docs/getting-started.md')).toContain(`The demo sends ${events} events`);
    expect(REFERENCE).toContain(`The incident report of the demo: the log is intact, ${events} events`);
  });
});

describe('docs/security.md', () => {
  it('has a reason for exactly the dependencies at run time', () => {
    const reasons = rowsOf(sectionOf(read('README.md'), '## Dependencies')).flatMap(([names = '', reason = '']) =>
      reason.length > 20 ? quotedIn(names) : [],
    );
    const { dependencies, optionalDependencies } = packageJson;
    expect(reasons.toSorted()).toEqual(Object.keys({ ...dependencies, ...optionalDependencies }).toSorted());
  });
});

it.each([...documents.keys()])('%s has no table cell of more than 200 characters', (path) => {
  const cells = read(path)
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => line.split(/(?<!\\)\|/))
    // What a reader sees of a link.
    .map((cell) => cell.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim());
  expect(cells.filter(({ length }) => length > 200)).toEqual([]);
});

describe('docs/deploy.md', () => {
  it('names the tarball of this version', () => {
    const [, version] = /coreweave-revoker-([\d.]+)\.tgz/.exec(read('docs/deploy.md')) ?? [];
    expect(version).toBe(packageJson.version);
  });
});

describe('RUNBOOK.md', () => {
  const section = (reason: string): string => sectionOf(read('RUNBOOK.md'), `### \`${reason}\``);

  it.each([...FAILURE_REASONS, ...HOLD_REASONS])(
    'has for %s the steps Meaning, Investigate, Fix, and Replay or discard',
    (reason) => {
      const steps = [...section(reason).matchAll(/^- \*\*([\w ]+)\*\*: (.{8,})/gm)].map(([, step]) => step);
      expect(steps).toEqual(['Meaning', 'Investigate', 'Fix', 'Replay or discard']);
    },
  );
});

describe('ARCHITECTURE.md', () => {
  it('has the import table that the architecture test enforces', () => {
    const words = (names: readonly string[]): string =>
      names.map((name) => (name === '*' ? 'any' : name.replace(/^type:(.+)$/, '$1 (types)'))).join(', ') || '–';
    const rows = rowsOf(sectionOf(read('ARCHITECTURE.md'), '## Who may import what'));
    expect(rows.map(([layer, , buildsOn, packages]) => [layer, buildsOn, packages])).toEqual(
      LAYER_TABLE.map(({ name, buildsOn, packages }) => [name, words(buildsOn), words(packages)]),
    );
    for (const [layer, files = ''] of rows) {
      for (const path of quotedIn(files)) {
        const file = path.replace(/\/$/, '/x.ts').replace('*', 'x');
        expect(LAYER_TABLE.find(({ holds }) => holds.test(file))?.name, path).toBe(layer);
      }
    }
  });
});

/** Paths of the repository in backquotes. `<name>` and `*` are placeholders, and dist is built. */
const PATH = /^(?:\.ci|events|lib|handlers|scripts|local|bench|test)\/[\w./-]*$|^[\w.-]+\.(?:ts|yml|md)$/;

describe.each([...documents])('%s', (_name, text) => {
  it('names only existing files and folders', () => {
    expect(quotedIn(text).filter((quoted) => PATH.test(quoted) && !exists(quoted))).toEqual([]);
  });

  it('names only existing scripts', () => {
    expect(scriptsIn(text).filter((script) => !Object.hasOwn(packageJson.scripts, script))).toEqual([]);
  });
});

describe('the links of the documents', () => {
  it('resolve, anchors included', () => {
    expect([...documents.values()].flatMap(linksIn).length).toBeGreaterThan(10);
    expect(brokenLinks(documents, exists)).toEqual([]);
  });
});

describe('brokenLinks and the table reader', () => {
  it('brokenLinks finds missing paths and anchors', () => {
    const texts = new Map([
      ['a.md', '# One `two`-three\n[x](b.md) [y](#one-two-three) [z](#two) [h](https://example.com/)'],
      ['docs/b.md', '[x](../a.md#one-two-three) [y](a.md) [z](../a.md#four)\n```\n[not](one)\n```'],
    ]);
    expect(brokenLinks(texts, (path) => texts.has(path))).toEqual([
      'a.md: b.md',
      'a.md: #two',
      'docs/b.md: a.md',
      'docs/b.md: ../a.md#four',
    ]);
  });

  it('rowsOf, quotedIn and scriptsIn read tables, quoted words and scripts', () => {
    const text =
      '# A\n## B\n| a | b |\n|---|---|\n| `x` | 1 \\| 2 |\n## C\n| `y` |\n\n```sh\nnpm run -s lint\n```\n`npm test`';
    expect(rowsOf(sectionOf(text, '## B'))).toEqual([['`x`', '1 \\| 2']]);
    expect(quotedIn(text)).toEqual(['x', 'y', 'npm test']);
    expect(scriptsIn(text)).toEqual(['lint', 'test']);
    expect(() => sectionOf(text, '## D')).toThrow('no heading ## D');
  });
});
