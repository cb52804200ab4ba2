/** A small repository in a temporary folder: files by path. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Tree = Readonly<Record<string, string>>;

/** Stand-ins for the packages that the files of a tree import. */
const PACKAGES = ['zod', 'undici', 'express', '@aws-sdk/client-sqs', '@types/aws-lambda'];

const packageFiles = (name: string): Tree => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, main: 'index.js' }),
  [`node_modules/${name}/index.js`]: '',
});

const MANIFEST = JSON.stringify({ dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0'])) });

/** Writes the tree, hands its root to `use`, and removes it. */
export async function withTree<T>(tree: Tree, use: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'tree-'));
  const all = Object.assign({ 'package.json': MANIFEST }, ...PACKAGES.map(packageFiles), tree);
  try {
    for (const [path, text] of Object.entries<string>(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), `${text}\n`);
    }
    return await use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
