/** Debian's Chromium by playwright-core, where both are; never in CI. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

interface Page {
  on(event: string, heard: (what: { url(): string; text(): string; message: string }) => void): void;
  goto(url: string): Promise<unknown>;
  evaluate<Result>(expression: string): Promise<Result>;
  emulateMedia(options: {
    readonly media?: 'print' | 'screen';
    readonly colorScheme?: 'light' | 'dark';
  }): Promise<void>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  screenshot(options: object): Promise<Uint8Array>;
  close(): Promise<void>;
}
export interface Browser {
  newPage(options?: object): Promise<Page>;
  close(): Promise<void>;
}
interface Playwright {
  readonly chromium: { launch(options: object): Promise<Browser> };
}

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

/** Where playwright-core is; undefined: not installed. */
function playwrightPath(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('playwright-core');
  } catch {
    return undefined;
  }
}

/** Why there is no browser to test in; undefined: there is one. */
export function noBrowser(): string | undefined {
  if (process.env.CI) return 'no browser in CI';
  if (CHROMIUM === undefined) return 'no Chromium on this machine: apt-get install chromium';
  return playwrightPath() === undefined ? 'playwright-core is not installed' : undefined;
}

/** Starts the browser. Rejects where there is none. */
export async function startBrowser(): Promise<Browser> {
  const path = playwrightPath();
  if (path === undefined || CHROMIUM === undefined) throw new Error(noBrowser());
  const { default: playwright }: { default: Playwright } = await import(pathToFileURL(path).href);
  return playwright.chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}
