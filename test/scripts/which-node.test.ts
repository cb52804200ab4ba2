import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const OWN = process.versions.node;

/** Preloaded: the scripts run on this Node too. */
const asNode = (version: string): string =>
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'${version}'}})`;

/** What an installation by an npm on this Node says at its end. */
const saidOn = (installer: string, options: readonly string[] = []): string =>
  execFileSync(process.execPath, [...options, join(ROOT, 'scripts/which-node.mjs')], {
    encoding: 'utf8',
    env: { npm_config_user_agent: `npm/11.19.1 node/v${installer} linux x64 workspaces/false` },
  });

describe('an installation', () => {
  it.each(['20.20.2', '22.18.0'])('by an older Node (%s) says once that scripts have their own', (installer) => {
    expect(saidOn(installer)).toBe(
      `Scripts run on this project's Node ${OWN}: use npm and npx. A plain node is ${installer}, too old here.\n`,
    );
  });

  it('where scripts have no Node that is new enough says which one is needed', () => {
    expect(saidOn('20.20.2', ['--import', asNode('20.20.2')])).toBe(
      'This project needs Node 22.19 or later and found 20.20.2: install a newer one and repeat npm ci.\n',
    );
  });

  it.each(['22.19.0', '24.0.0', OWN])('by Node %s says nothing', (installer) => {
    expect(saidOn(installer)).toBe('');
  });
});
