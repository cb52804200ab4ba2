/**
 * The packages of the peers have their own lock file and are installed only when needed, so that `npm ci` stays
 * small.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const PEERS = join(import.meta.dirname, 'peers');

/** Runs `npm ci` unless the packages are there. Rejects where npm fails. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  // npm writes this file last, so an interrupted install is repeated.
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
