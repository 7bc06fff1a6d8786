import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml, renderMatrix } from '../../src/report/html/page.js';
import { hostileComparison, sampleLoadComparison } from './comparisons.js';
import { hostileDiagnosis, sampleDiagnosis } from './diagnose-samples.js';
import { hostileCheck, hostileLoad, passingCases, sampleCheck, sampleLoad } from './samples.js';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PAGES = {
  check: sampleCheck(),
  load: sampleLoad(),
  'short load': sampleLoad(2),
  'hostile check': hostileCheck(),
  'hostile load': hostileLoad(),
  diagnosis: sampleDiagnosis(),
  'hostile diagnosis': hostileDiagnosis(),
};
const BASE = sampleLoad(40, { startedAt: '2026-03-01T08:00:00.000Z' });
const HTML = {
  ...Object.fromEntries(Object.entries(PAGES).map(([name, doc]) => [name, renderHtml(doc)])),
  'load beside a base': renderHtml(sampleLoad(), BASE),
  matrix: renderMatrix([
    { name: 'one', doc: sampleCheck() },
    { name: 'two', doc: hostileCheck() },
  ]),
  'compare load': renderHtml(sampleLoadComparison()),
  'compare check': renderHtml(hostileComparison()),
  'matrix of twenty': renderMatrix(
    Array.from({ length: 20 }, (_, index) => ({
      name: `server-${index + 1}.mail.example.org`,
      doc: sampleCheck({ cases: index === 0 ? sampleCheck().cases.slice(0, 12) : passingCases(3) }),
      page: `server-${index + 1}.html`,
    })),
  ),
};
const NAMES = Object.keys(HTML);

const missing = !existsSync(CHROMIUM);
if (missing && process.env.CI !== 'true') {
  console.warn(
    `SKIPPED: the HTML reports were not opened in a browser, since ${CHROMIUM} is missing (apt-get install chromium)`,
  );
}

describe.skipIf(missing && process.env.CI !== 'true')('the HTML reports in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'popspec-html-'));
  let browser: Browser;

  beforeAll(async () => {
    for (const [name, html] of Object.entries(HTML)) writeFileSync(join(folder, `${name}.html`), html);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a page, runs `use` on it, and fails on any message of the console and any request but for the file. */
  async function open(
    name: string,
    options: BrowserContextOptions,
    use: (page: Page) => Promise<void>,
    fragment = '',
    elsewhere: readonly string[] = [],
  ): Promise<void> {
    const context = await browser.newContext(options);
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      const url = pathToFileURL(join(folder, `${name}.html`)).href;
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => complaints.push(dialog.message()));
      page.on('request', (request) => {
        const to = request.url().split('#')[0];
        if (to !== url && to !== 'data:,' && !elsewhere.includes(to ?? ''))
          complaints.push(`request to ${to}`);
      });
      await page.goto(url + fragment);
      await use(page);
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  }

  function unfold(page: Page): Promise<void> {
    return page.evaluate(() => {
      for (const node of document.querySelectorAll('details')) node.open = true;
    });
  }

  it.each(NAMES)('%s: loads in silence, runs nothing of the server, fits a phone', async (name) => {
    await open(name, { viewport: { width: 390, height: 800 } }, async (page) => {
      expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
      expect(await page.locator('h1').count()).toBe(1);
      await unfold(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      expect(await page.locator('img, iframe, object, embed, link:not([rel=icon]), form').count()).toBe(0);
    });
  });

  it.each(NAMES.flatMap((name) => (['light', 'dark'] as const).map((theme) => [name, theme] as const)))(
    '%s: no axe violation in %s',
    async (name, colorScheme) => {
      // bypassCSP lets the test, not the page, bring axe in.
      await open(name, { colorScheme, bypassCSP: true }, async (page) => {
        await unfold(page);
        await page.addScriptTag({ path: AXE });
        const violations = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: {
              run(): Promise<{
                violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
              }>;
            };
          };
          const result = await axe.run();
          return result.violations.map(
            ({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`,
          );
        });
        expect(violations).toEqual([]);
      });
    },
  );

  it('filters by verdict, level, RFC, command and text, and counts', async () => {
    await open('check', {}, async (page) => {
      const shown = () => page.locator('article.card:visible').count();
      const choose = (list: string, value: string) =>
        page.getByLabel(list, { exact: true }).selectOption(value);
      const clear = () => page.getByRole('button', { name: 'Clear' }).click();
      expect(await shown()).toBe(7);
      await choose('verdict', 'fail');
      expect(await shown()).toBe(3);
      expect(await page.locator('#f-count').textContent()).toBe('3 of 69 cases');
      await page.getByLabel('Search cases').fill('byte-stuffing');
      expect(await shown()).toBe(1);
      await clear();
      await choose('RFC', '2449');
      expect(await shown()).toBe(1);
      await clear();
      await choose('level', 'SHOULD');
      expect(await shown()).toBe(1);
      await choose('command', 'RETR');
      expect(await shown()).toBe(0);
      await choose('level', '');
      expect(await shown()).toBe(1);
      await clear();
      await page.getByLabel('Search cases').fill('nothing has this text');
      expect(await page.locator('.suite:visible').count()).toBe(0);
      await clear();
      await page.getByRole('button', { name: 'Expand all' }).click();
      expect(await page.locator('#cases details:not([open])').count()).toBe(0);
    });
  });

  it('keeps what is chosen in the address, and a count chooses its verdict', async () => {
    await open(
      'check',
      {},
      async (page) => {
        await page.locator('.chips a', { hasText: 'warn' }).click();
        expect(await page.locator('article.card:visible').count()).toBe(1);
        const address = page.url();
        expect(address).toContain('#?verdict=warn');
        await page.goto('about:blank');
        await page.goto(address);
        expect(await page.locator('article.card:visible').count()).toBe(1);
      },
      '',
      ['about:blank'],
    );
  });

  it('copies the command that runs a case again, and its story for a ticket', async () => {
    await open('check', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      const card = page.locator('article', { hasText: 'is sent with a second' });
      const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
      await card.getByRole('button', { name: 'run this case again' }).click();
      await expect
        .poll(clipboard)
        .toBe('popspec check pop3://mail.example:1110 --only rfc1939/retr/byte-stuffing');
      await card.getByRole('button', { name: 'transcript for a ticket' }).click();
      await expect.poll(clipboard).toContain('\n    >       3.4  S: +OK 412 octets\n');
      const text = await clipboard();
      expect(text).toContain('RFC 1939 §3 A line of a multi-line response');
      expect(text).toContain('Got: +OK 2 321\\r\\n');
      expect(text).toContain('\n            0.8  C: USER alice\n');
    });
  });

  it.each([true, false])('opens the case that a link names (JavaScript: %s)', async (javaScriptEnabled) => {
    await open(
      'check',
      { javaScriptEnabled },
      async (page) => {
        expect(await page.locator('[id="rfc1939/stat/passing-2"]').isVisible()).toBe(true);
      },
      '#rfc1939/stat/passing-2',
    );
  });

  it.each([true, false])(
    'a cell of the matrix opens the case on that server (JavaScript: %s)',
    async (javaScriptEnabled) => {
      await open('matrix', { javaScriptEnabled }, async (page) => {
        const told = page.locator('[id="one/rfc1939/retr/byte-stuffing"]');
        expect(await told.isVisible()).toBe(false);
        await page.locator('tr', { hasText: 'is sent with a second' }).getByRole('link').click();
        expect(await told.isVisible()).toBe(true);
        expect(await told.locator('.t .m').first().isVisible()).toBe(true);
      });
    },
  );

  it('tells apart what servers do differently', async () => {
    await open('matrix', {}, async (page) => {
      const rows = () => page.locator('.mx tr[data-k]:visible').count();
      await page.getByRole('button', { name: 'Expand all' }).click();
      const all = await rows();
      await page.getByLabel('servers', { exact: true }).selectOption('apart');
      expect(await rows()).toBe(all);
      await page.getByLabel('verdict', { exact: true }).selectOption('warn');
      expect(await rows()).toBeLessThan(all);
    });
  });

  it.each([true, false])('shows bytes on demand (JavaScript: %s)', async (javaScriptEnabled) => {
    await open('hostile check', { javaScriptEnabled }, async (page) => {
      const line = page.locator('article .t p:not(.X)', { hasText: 'caf' }).first();
      await expect.poll(() => line.innerText()).toContain('café');
      await page.getByLabel('Show bytes').check();
      await expect.poll(() => line.innerText()).toContain('caf\\xc3\\xa9');
      const end = page.locator('article .t p:not(.X,.n)').first();
      expect(await end.evaluate((node) => getComputedStyle(node, '::after').content)).toContain('\\\\r\\\\n');
    });
  });

  it('a load: the values of a chart are told where the pointer is, and by the arrow keys', async () => {
    await open('load', { viewport: { width: 1280, height: 800 } }, async (page) => {
      const figure = page.locator('figure', { has: page.locator('#time-rate-text') });
      const plot = figure.locator('svg.plot');
      const tip = figure.locator('.tip');
      expect(await tip.isVisible()).toBe(false);
      await plot.hover({ position: { x: 5, y: 60 } });
      const rows = await figure.locator('tbody tr').allTextContents();
      expect((await tip.textContent())?.split('\n')).toEqual(['1 s', 'completed  196', 'offered  200']);
      await page.mouse.move(0, 0);
      expect(await tip.isVisible()).toBe(false);
      await plot.focus();
      for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowLeft'])
        await page.keyboard.press(key);
      const told = (await tip.textContent())?.replace(/\n\w+ +/g, '');
      expect(told).toBe(rows[1]);
      await page.keyboard.press('Escape');
      expect(await tip.isVisible()).toBe(false);
    });
  });

  it.each([
    ['desktop', 1280, 800],
    ['phone', 390, 844],
  ] as const)('a load: the first screen of a %s has what one must know', async (_, width, height) => {
    await open('load', { viewport: { width, height } }, async (page) => {
      const score = await page.locator('.score').boundingBox();
      expect((score?.y ?? height) + (score?.height ?? 0)).toBeLessThanOrEqual(height);
    });
  });

  it.each(NAMES)('%s: everything is there without JavaScript, and fits a phone', async (name) => {
    await open(name, { javaScriptEnabled: false, viewport: { width: 390, height: 800 } }, async (page) => {
      expect(await page.locator('main section').count()).toBeGreaterThan(2);
      expect(await page.locator('#tools:visible').count()).toBe(0);
      const summary = page.locator('main details:not([open]) > summary:visible').first();
      if ((await summary.count()) > 0) {
        await summary.click();
        expect(await page.locator('main details[open]').count()).toBeGreaterThan(0);
      }
      await unfold(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    });
  });
});
