import { expect, it } from 'vitest';
import { bytesByPackage } from '../../scripts/bundle-size.ts';

it('bytesByPackage counts packages by name, and our files by folder, in lib by subfolder', () => {
  const inputs = [
    { path: 'node_modules/undici/lib/core/util.js', bytes: 10 },
    { path: 'node_modules/undici/lib/dispatcher/pool.js', bytes: 5 },
    { path: 'bench/peers/node_modules/@middy/core/index.js', bytes: 7 },
    { path: 'node_modules/a/node_modules/@b/c/index.js', bytes: 3 },
    { path: 'lib/io/log/log.ts', bytes: 2 },
    { path: 'lib/model/plan.ts', bytes: 1 },
    { path: 'lib/runtime/limit.ts', bytes: 4 },
    { path: 'lib/context.ts', bytes: 2 },
    { path: 'lib/io/sqs/queues.ts', bytes: 6 },
    { path: 'events/sources/okta.ts', bytes: 1 },
    { path: 'handlers/revoke.ts', bytes: 1 },
  ];
  expect(bytesByPackage(inputs)).toEqual([
    { name: 'undici', bytes: 15 },
    { name: 'lib/io', bytes: 8 },
    { name: '@middy/core', bytes: 7 },
    { name: 'lib/runtime', bytes: 4 },
    { name: '@b/c', bytes: 3 },
    { name: 'lib', bytes: 2 },
    { name: 'lib/model', bytes: 1 },
    { name: 'events', bytes: 1 },
    { name: 'handlers', bytes: 1 },
  ]);
});
