/** The bytes that Node reads before the first invocation, by the metafiles of esbuild. */
import { type BundleSize, bundleSizes, bytesByPackage } from '../../scripts/bundle-size.ts';
import { OURS } from '../contestants.ts';
import type { Scenario } from '../scenario.ts';

const MOST = 330_000;

export const bytes: Scenario = {
  name: 'bytes',
  title: 'Bytes at init, minified',
  async run({ contestants }) {
    const sizes = [...contestants.built].flatMap(([name, { metafile }]): (readonly [string, BundleSize])[] => {
      const [size] = bundleSizes(metafile, /^(handlers|bench\/peers)\/[a-z-]+\.(ts|mjs)$/);
      return size === undefined ? [] : [[name, size]];
    });
    const ours = sizes.find(([name]) => name === OURS)?.[1];
    return {
      rows: sizes.map(([name, { initBytes, lazyBytes, initInputs }]) => ({
        name,
        'at init': initBytes,
        lazy: lazyBytes,
        'most of it': bytesByPackage(initInputs)
          .slice(0, 4)
          .map((each) => `${each.name} ${Math.round(each.bytes / 1_000)} kB`)
          .join(', '),
      })),
      goals: [
        {
          figure: 'bytes at init, urgent path',
          bound: { most: MOST },
          value: ours?.initBytes ?? Number.NaN,
          exact: true,
        },
      ],
      notes: ['Loaded lazily for a leaked key: the signer of a request to Secrets Manager, where the token is there.'],
    };
  },
};
