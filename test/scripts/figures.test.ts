import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withFigures } from '../../scripts/figures.ts';
import { mutationTable } from '../../scripts/mutation-table.ts';

describe('the figures of a part', () => {
  const document =
    'before\n<!-- figures: a -->\nold\n<!-- end of figures -->\nbetween\n<!-- figures: b -->\n<!-- end of figures -->\n';

  it('take the place of the old ones, and nothing else', () => {
    expect(withFigures(document, 'a', 'new 1\nnew 2\n\n')).toBe(
      document.replace('old\n', '```text\nnew 1\nnew 2\n```\n'),
    );
    expect(withFigures(document, 'b', 'x')).toBe(document.replace('b -->\n', 'b -->\n```text\nx\n```\n'));
  });

  it('need a place', () => {
    expect(() => withFigures(document, 'c', 'x')).toThrow('figures: the document has no marks for c');
  });
});

describe('the table of mutants', () => {
  function reportOf(files: Readonly<Record<string, readonly string[]>>): string {
    const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const mutants = Object.entries(files).map(([file, all]) => [file, { mutants: all.map((status) => ({ status })) }]);
    writeFileSync(join(folder, 'report.json'), JSON.stringify({ files: Object.fromEntries(mutants) }));
    return join(folder, 'report.json');
  }

  it('counts by folder, what is neither killed nor excused as open, and what could not run not at all', () => {
    const report = reportOf({
      'lib/domain/b.ts': ['Killed', 'Killed', 'Survived', 'NoCoverage'],
      'lib/a.ts': ['Timeout', 'Ignored', 'CompileError'],
      'lib/domain/c.ts': ['Killed'],
    });
    expect(mutationTable([report]).split('\n')).toEqual([
      'mutants in  all  killed  timed out  excused  open',
      'lib           2       0          1        1     0',
      'lib/domain    5       3          0        0     2',
      'all           7       3          1        1     2',
      '',
    ]);
  });

  it('takes a file from the last report that has it', () => {
    const [old, fresh] = [reportOf({ 'lib/a.ts': ['Survived'] }), reportOf({ 'lib/a.ts': ['Killed'] })];
    expect(mutationTable([old, fresh])).toContain('all           1       1          0        0     0');
  });
});
