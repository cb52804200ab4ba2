/**
 * Runs after `npm ci`. npm would warn of an old Node once for each of 50 packages, even where the scripts run on the
 * Node of this project, so .npmrc turns its warnings off, and this says once what matters. It is plain JavaScript
 * because an old Node may run it.
 */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const NEEDED = engines.node.replace('>=', '');

/** `installer`: what npm itself runs on; `scripts`: what its scripts run on, both as `24.21.0`. */
const adviceOn = (installer, scripts) => {
  if (isOlder(scripts, NEEDED)) {
    return `This project needs Node ${NEEDED} or later and found ${scripts}: install a newer one and repeat npm ci.`;
  }
  if (!isOlder(installer, NEEDED)) return undefined;
  return `Scripts run on this project's Node ${scripts}: use npm and npx. A plain node is ${installer}, too old here.`;
};

const isOlder = (version, other) => {
  const [major, minor] = version.split('.').map(Number);
  const [otherMajor, otherMinor] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
};

// `npm/11.19.1 node/v20.20.2 linux x64 workspaces/false` (npm documentation, config: user-agent)
const [, installer = process.versions.node] = /\bnode\/v([\d.]+)/.exec(process.env.npm_config_user_agent ?? '') ?? [];
const advice = adviceOn(installer, process.versions.node);
if (advice !== undefined) console.log(advice);
