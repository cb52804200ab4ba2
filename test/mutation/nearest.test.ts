import { expect, it } from 'vitest';
import { createOrder } from './nearest.ts';

/** A tree of files: what each imports, by a specifier as the file writes it. */
const orderOf = (tree: Readonly<Record<string, readonly string[]>>) =>
  createOrder((path) => tree[path]?.map((each) => `import { x } from '${each}';\n`).join(''));

it('createOrder puts the test of a file first, then tests by the number of imports that lead to it', () => {
  const tree = {
    'lib/consume/batch.ts': ['../runtime/limit.ts'],
    'lib/runtime/limit.ts': [],
    'test/events/ids.test.ts': ['../../events/ids.ts'],
    'test/lib/consume/batch.test.ts': ['../../../lib/consume/batch.ts'],
    'test/lib/runtime/limit.test.ts': ['../../support/loopback.ts'],
    'test/lib/runtime/retry.test.ts': ['../../../lib/runtime/retry.ts'],
    'test/properties/limit.property.test.ts': ['../../lib/runtime/limit.ts'],
  };
  const tests = Object.keys(tree).filter((path) => path.startsWith('test/'));
  expect(orderOf(tree)(tests, ['lib/runtime/limit.ts'])).toEqual([
    'test/lib/runtime/limit.test.ts',
    'test/properties/limit.property.test.ts',
    'test/lib/consume/batch.test.ts',
    'test/lib/runtime/retry.test.ts',
    'test/events/ids.test.ts',
  ]);
});

it('createOrder tells files of one name apart by their folder', () => {
  const tree = {
    'test/lib/offboard/guards.test.ts': ['../../../lib/offboard/guards.ts'],
    'test/lib/revoke/guards.test.ts': ['../../../lib/revoke/guards.ts'],
    'test/properties/guards.property.test.ts': ['../../lib/revoke/guards.ts'],
  };
  expect(orderOf(tree)(Object.keys(tree), ['lib/revoke/guards.ts'])).toEqual([
    'test/lib/revoke/guards.test.ts',
    'test/properties/guards.property.test.ts',
    'test/lib/offboard/guards.test.ts',
  ]);
});

it('createOrder follows dynamic imports, and ends where files import each other', () => {
  const texts: Readonly<Record<string, string>> = {
    'test/a.test.ts': "import { b } from './b.ts';",
    'test/b.ts': "import './a.test.ts'; import { a } from './a.test.ts';",
    'test/c.test.ts': "await import('../lib/context.ts');",
  };
  const order = createOrder((path) => texts[path]);
  expect(order(['test/a.test.ts', 'test/c.test.ts'], ['lib/context.ts'])).toEqual(['test/c.test.ts', 'test/a.test.ts']);
});
