/** The Chromium of the machine, driven by playwright-core, which downloads none of its own. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => `/usr/bin/${name}`)
  .find((path) => existsSync(path));

/** Why no browser can be started; undefined: one can. */
export const MISSING_BROWSER =
  EXECUTABLE === undefined ? 'Chromium not found: install it with "apt-get install chromium"' : undefined;

export async function startBrowser(): Promise<Browser> {
  if (EXECUTABLE === undefined) throw new Error(MISSING_BROWSER);
  return await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
}
