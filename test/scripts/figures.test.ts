import { describe, expect, it } from 'vitest';
import { withFigures } from '../../scripts/figures.ts';
import { countMutants, mutatedFolders, mutationTable } from '../../scripts/mutation-table.ts';

describe('the figures of a part', () => {
  const document =
    'before\n<!-- figures: a -->\nold\n<!-- end of figures -->\nbetween\n<!-- figures: b -->\n<!-- end of ' +
    'figures -->\n';

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

describe('countMutants', () => {
  it('counts what is neither killed nor excused as open, and what could not run not at all', () => {
    const statuses = [
      'Killed',
      'Killed',
      'Survived',
      'NoCoverage',
      'Timeout',
      'Ignored',
      'CompileError',
      'RuntimeError',
    ];
    expect(countMutants(statuses)).toEqual({ all: 6, killed: 2, timedOut: 1, excused: 1, open: 2 });
  });
});

describe('mutatedFolders', () => {
  it('lists every folder of events and lib, but no adapters', () => {
    expect(mutatedFolders()).toEqual(
      expect.arrayContaining(['events', 'events/sources', 'lib', 'lib/consume', 'lib/ledger']),
    );
    expect(mutatedFolders().filter((folder) => folder.startsWith('lib/io'))).toEqual([]);
  });
});

describe('mutationTable', () => {
  const run = { date: '2026-11-29', commit: 'abc1234', all: 5, killed: 3, timedOut: 0, excused: 0, open: 2 };

  it('lists all folders, says when each was run or that it was not, and sums up those that were', () => {
    const runs = {
      'lib/model': run,
      'lib/audit': { ...run, commit: 'def5678+', all: 12, killed: 11, timedOut: 1, open: 0 },
    };
    expect(mutationTable(['lib/audit', 'lib/ledger', 'lib/model'], runs).split('\n')).toEqual([
      'mutants in  all  killed  timed out  excused  open  run on      at commit',
      'lib/audit    12      11          1        0     0  2026-11-29  def5678+',
      'lib/ledger    -       -          -        -     -  not run',
      'lib/model     5       3          0        0     2  2026-11-29  abc1234',
      'all          17      14          1        0     2',
      '',
    ]);
  });

  it('leaves out the runs of folders that are no longer there', () => {
    expect(mutationTable(['lib/model'], { 'lib/model': run, 'lib/domain': run })).toContain('\nall           5 ');
  });
});
