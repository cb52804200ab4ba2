import { expect, it } from 'vitest';
import { bytesByPackage } from '../../scripts/bundle-size.ts';

it('counts bytes by package, and our own by folder', () => {
  const inputs = [
    { path: 'node_modules/undici/lib/core/util.js', bytes: 10 },
    { path: 'node_modules/undici/lib/dispatcher/pool.js', bytes: 5 },
    { path: 'bench/peers/node_modules/@middy/core/index.js', bytes: 7 },
    { path: 'node_modules/a/node_modules/@b/c/index.js', bytes: 3 },
    { path: 'lib/io/log/log.ts', bytes: 2 },
    { path: 'lib/model/plan.ts', bytes: 1 },
    { path: 'lib/runtime/limit.ts', bytes: 4 },
    { path: 'handlers/revoke.ts', bytes: 1 },
  ];
  expect(bytesByPackage(inputs)).toEqual([
    { name: 'undici', bytes: 15 },
    { name: '@middy/core', bytes: 7 },
    { name: 'lib', bytes: 4 },
    { name: '@b/c', bytes: 3 },
    { name: 'lib/io', bytes: 2 },
    { name: 'lib/domain', bytes: 1 },
    { name: 'handlers', bytes: 1 },
  ]);
});
