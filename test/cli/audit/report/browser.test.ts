/**
 * The report in a real browser: no attack runs or makes an element, nothing is loaded, and it fits a phone and a desk.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../../cli/run.ts';
import { fakeTerminal } from '../../../support/fake-terminal.ts';
import { skipWithout } from '../../../support/host-tool.ts';
import { incidentLog } from '../../../support/incident-log.ts';
import { hostileLog } from '../hostile.ts';
import { MISSING_BROWSER, startBrowser } from './browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'report-'));
let browser: Browser | undefined;
beforeAll(async () => {
  if (MISSING_BROWSER === undefined) browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Makes the report of a log, and opens it; returns what is in it and what the browser did. */
async function opened(name: string, lines: readonly string[]) {
  const out = join(folder, `${name}.html`);
  writeFileSync(join(folder, `${name}.jsonl`), lines.join('\n'));
  const code = await run(['audit', 'report', join(folder, `${name}.jsonl`), '--out', out], {
    terminal: fakeTerminal(),
    env: {},
  });
  expect(code).toBe(0);
  const page = await browser?.newPage();
  if (page === undefined) throw new Error(MISSING_BROWSER);
  const heard: string[] = [];
  page.on('dialog', () => heard.push('dialog'));
  page.on('console', (message) => heard.push(message.text()));
  page.on('pageerror', ({ message }) => heard.push(message));
  page.on('request', (request) => heard.push(`loads ${request.url()}`));
  await page.goto(pathToFileURL(out).href);
  return { page, heard, url: pathToFileURL(out).href };
}

const TAGS = `[...new Set([...document.querySelectorAll('*')].map(({ localName }) => localName))].sort()`;
const SCHEMES = ['light', 'dark'] as const;
const OPEN = `document.querySelectorAll('details[open]').length`;
const SHOWN = `[...document.querySelectorAll('.story')].filter((e) => e.getBoundingClientRect().height > 0).length`;
const OVER = `document.documentElement.scrollWidth - window.innerWidth`;

describe('the report in a browser', () => {
  it('makes no element of an attack, runs none, and loads nothing', async ({ skip }) => {
    skipWithout(skip, MISSING_BROWSER);
    const plain = await opened('plain', incidentLog());
    const allowed = new Set(await plain.page.evaluate<readonly string[]>(TAGS));
    expect(plain.heard).toEqual([`loads ${plain.url}`]);
    // Each attack stands in some field of each log, and four times in another.
    for (const first of [0, 5, 10, 15]) {
      const { page, heard, url } = await opened(`hostile-${first}`, hostileLog(first));
      expect(await page.evaluate('typeof window.owned')).toBe('undefined');
      expect(heard).toEqual([`loads ${url}`]);
      const tags = await page.evaluate<readonly string[]>(TAGS);
      expect(tags.filter((tag) => !allowed.has(tag))).toEqual([]);
      expect(
        await page.evaluate(`[...document.links].filter(({ protocol }) => !/^(https|file):$/.test(protocol)).length`),
      ).toBe(0);
      expect(
        await page.evaluate(
          `[...document.querySelectorAll('*')].flatMap((e) => [...e.attributes]).filter(({ name }) => ` +
            `name.startsWith('on')).length`,
        ),
      ).toBe(0);
      await page.close();
    }
  });

  it('fits phones and desks, light and dark, calm and hostile, without scrolling to the side', async ({ skip }) => {
    skipWithout(skip, MISSING_BROWSER);
    const over: string[] = [];
    for (const [name, lines] of [
      ['calm', incidentLog()],
      ['hostile', hostileLog(3)],
    ] as const) {
      const { page } = await opened(name, lines);
      for (const [width, colorScheme] of [320, 390, 768, 1_280].flatMap((each) =>
        SCHEMES.map((scheme) => [each, scheme] as const),
      )) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        if ((await page.evaluate<number>(OVER)) > 0) over.push(`${name} ${width}`);
        const back = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        expect(back).toBe(colorScheme === 'light' ? 'rgb(245, 246, 248)' : 'rgb(14, 18, 23)');
      }
    }
    expect(over).toEqual([]);
  });

  it('shows 50 events within 8,000 pixels, and opens the one that a link leads to', async ({ skip }) => {
    skipWithout(skip, MISSING_BROWSER);
    const { page, url } = await opened('long', incidentLog({ moreLeaks: 29 }));
    await page.setViewportSize({ width: 1_280, height: 900 });
    expect(await page.evaluate(`document.querySelector('.tile b').textContent`)).toBe('50');
    expect(await page.evaluate<number>('document.documentElement.scrollHeight')).toBeLessThanOrEqual(8_000);
    expect(await page.evaluate(OPEN)).toBe(0);
    await page.goto(`${url}#event-50`);
    expect(await page.evaluate(OPEN)).toBe(1);
  });

  it('shows only the events of the status that a link of the filter names', async ({ skip }) => {
    skipWithout(skip, MISSING_BROWSER);
    const { page, url } = await opened('filtered', incidentLog());
    const links = await page.evaluate<readonly (readonly [string, number])[]>(
      `[...document.querySelectorAll('.filter a')].map((a) => [a.hash, Number(a.text.trim().split(' ').at(-1))])`,
    );
    expect(links.length).toBeGreaterThan(4);
    for (const [hash, count] of links) {
      await page.goto(`${url}${hash}`);
      expect([hash, await page.evaluate(SHOWN)]).toEqual([hash, count]);
    }
  });

  it('is printed light, with every record', async ({ skip }) => {
    skipWithout(skip, MISSING_BROWSER);
    const { page } = await opened('print', incidentLog());
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(
      await page.evaluate(
        `[...document.querySelectorAll('.steps li')].filter((li) => li.getBoundingClientRect().height === 0).length`,
      ),
    ).toBe(0);
  });
});
