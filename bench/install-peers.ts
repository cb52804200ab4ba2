/** The peers' packages: a lock of their own, installed here when missing, so that the product's install stays lean. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the peers stand. */
export const PEERS = join(import.meta.dirname, 'peers');

/** Installs the peers' packages (`npm ci`, from the lock) unless they are there. Rejects when npm fails. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  // npm writes this file last: an install that was broken off is made again.
  if (existsSync(join(PEERS, 'node_modules', '.package-lock.json'))) return;
  say('Installing the peers (once, about 40 MB)');
  const npm = spawn('npm', ['ci', '--prefix', PEERS, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    npm.once('error', reject);
    npm.once('close', resolve);
  });
  if (code !== 0) throw new Error(`npm ci of the peers ended with ${code}`);
}
