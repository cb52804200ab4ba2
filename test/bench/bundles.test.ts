/** The variant without a chain really leaves it out, and its build fails when there is nothing to leave out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Built, bundleProduct, bundleSourceless, bundleUnchained } from '../../bench/bundles.ts';

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'bundles-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
};

/** Bytes of a source file in the handler's output. */
const bytesOf = ({ metafile }: Built, path: string): number =>
  Object.values(metafile.outputs).reduce((sum, { inputs }) => sum + (inputs[path]?.bytesInOutput ?? 0), 0);

it('bundleSourceless has the endpoint, and no source of it', async () => {
  const built = await bundleSourceless(folder());
  const inputs = Object.keys(built.metafile.inputs);
  expect(inputs).toContain('lib/ingest/ingest.ts');
  expect(inputs.filter((path) => /events\/(?:webhooks|ssf)\/|node_modules\/jose\//.test(path))).toEqual([
    'events/webhooks/webhook-source.ts',
  ]);
  expect(bytesOf(built, 'events/sources/github.ts')).toBeLessThan(50);
});

describe('bundleUnchained', () => {
  it('has less of the chain than the product, and fewer bytes in all', async () => {
    const [product, unchained] = await Promise.all([bundleProduct(folder()), bundleUnchained(folder())]);
    const chain = 'lib/audit/chain.ts';
    expect(bytesOf(product, 'bench/unchained.ts')).toBe(0);
    expect(bytesOf(unchained, 'bench/unchained.ts')).toBeGreaterThan(0);
    // What is left is `openChain`: the log still counts its records.
    expect(bytesOf(unchained, chain)).toBeLessThan(bytesOf(product, chain) / 4);
    expect(sizeOf(product) - sizeOf(unchained)).toBeGreaterThan(400);
  });

  it('rejects when the module that it replaces has moved', async () => {
    const moved = { module: 'lib/audit-chain.ts', importer: 'lib/io/log/audit-log.ts', by: 'bench/unchained.ts' };
    await expect(bundleUnchained(folder(), moved)).rejects.toThrow(
      'lib/io/log/audit-log.ts no longer imports lib/audit-chain.ts',
    );
  });
});

const sizeOf = ({ metafile }: Built): number =>
  Object.values(metafile.outputs).reduce(
    (sum, { entryPoint, bytes }) => sum + (entryPoint === undefined ? 0 : bytes),
    0,
  );
