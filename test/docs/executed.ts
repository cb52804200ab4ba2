/** Which documents a test executes block by block, and which commands run elsewhere because they take long. */

export const EXECUTED: readonly string[] = ['README.md', 'RUNBOOK.md', 'docs/getting-started.md', 'docs/deploy.md'];

/** By command, the file that runs it, and the text in that file that does. */
export const RUN_BY: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'npm ci': ['.ci/run', 'npm ci'],
  'npm start': ['.ci/run', 'npm start'],
  'npm test': ['.ci/run', 'npm test'],
  'npm run build': ['package.json', '"test": "node scripts/build.ts &&'],
  'npm run check': ['.ci/run', 'npm run check'],
  'npm run init-stage prod': ['test/scripts/init-stage.test.ts', "init(['prod'"],
  'npm run package': ['.ci/run', 'npm run package'],
  'npm run package -- --stage prod': ['test/scripts/init-stage.test.ts', "packageHere(['--stage', stage]"],
  'npm run -s sbom': ['test/docs/supply-chain.test.ts', "'sbom'"],
  'npm run -s licences': ['test/docs/supply-chain.test.ts', "'licences'"],
};
