import { expect, it } from 'vitest';
import { nearestFirst, type TestFile } from './nearest.ts';

const test = (path: string, ...imported: readonly string[]): TestFile => ({
  path,
  text: imported.map((each) => `import { x } from '${each}';\n`).join(''),
});

it('nearestFirst orders by path: own test, importers, the same folder, all others', () => {
  const tests = [
    test('test/events/ids.test.ts', '../../events/ids.ts'),
    test('test/lib/alerts/resolve.test.ts'),
    test('test/lib/dead-letters/read.test.ts', '../../../lib/dead-letters/read.ts'),
    test('test/lib/ledger/claim.test.ts', '../../../lib/ledger/ledger.ts'),
    test('test/lib/ledger/window.test.ts'),
    test('test/properties/window.property.test.ts', '../../lib/ledger/window.ts'),
  ];
  expect(nearestFirst(tests, ['lib/ledger/window.ts'])).toEqual([
    'test/lib/ledger/window.test.ts',
    'test/properties/window.property.test.ts',
    'test/lib/ledger/claim.test.ts',
    'test/events/ids.test.ts',
    'test/lib/alerts/resolve.test.ts',
    'test/lib/dead-letters/read.test.ts',
  ]);
});

it('nearestFirst tells files of one name apart by their folder', () => {
  const tests = [
    test('test/lib/offboard/guards.test.ts', '../../../lib/offboard/guards.ts'),
    test('test/lib/revoke/guards.test.ts', '../../../lib/revoke/guards.ts'),
    test('test/properties/guards.property.test.ts', '../../lib/revoke/guards.ts'),
  ];
  expect(nearestFirst(tests, ['lib/revoke/guards.ts'])).toEqual([
    'test/lib/revoke/guards.test.ts',
    'test/properties/guards.property.test.ts',
    'test/lib/offboard/guards.test.ts',
  ]);
});

it('nearestFirst sees an import over several lines and a dynamic one', () => {
  const tests = [
    { path: 'test/a.test.ts', text: '' },
    { path: 'test/b.test.ts', text: "import {\n  x,\n} from '../lib/context.ts';" },
    { path: 'test/c.test.ts', text: "await import('../lib/context.ts');" },
  ];
  expect(nearestFirst(tests, ['lib/context.ts'])).toEqual(['test/b.test.ts', 'test/c.test.ts', 'test/a.test.ts']);
});
