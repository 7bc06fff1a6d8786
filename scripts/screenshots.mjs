// Makes the screenshots of docs/images: each kind of page in light and in dark, and on a phone.
//
//   npm run build && node scripts/screenshots.mjs
//
// A check, a matrix and a load are those of reports/samples; a comparison and a diagnosis are made here, against the embedded
// server. Needs Debian's chromium.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { startServer } from '../dist/index.js';

const root = new URL('..', import.meta.url).pathname;
const images = join(root, 'docs/images');
const samples = join(root, 'reports/samples');
const work = mkdtempSync(join(tmpdir(), 'popspec-screenshots-'));

const DESKTOP = { width: 1080, height: 760 };
const PHONE = { width: 390, height: 760 };
/** A page of documentation must load at once. */
const OCTETS_MAX = 150_000;

/** Runs beside this process: the server of a diagnosis lives in it. */
async function popspec(expected, args, env = {}) {
  const child = spawn('node', [join(root, 'bin/popspec.js'), ...args], {
    cwd: work,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const [code] = await once(child, 'close');
  if (!expected.includes(code)) throw new Error(`popspec ${args[0]} ended with ${code}: ${said}`);
}

/** Two checks of a server that has lost one fault and got another, side by side. */
async function compare() {
  const faults = { base: ['retr-unstuffed', 'stat-size-lf'], new: ['retr-unstuffed', 'top-one-more'] };
  for (const [name, ids] of Object.entries(faults)) {
    const given = ids.flatMap((id) => ['--fault', id]);
    await popspec([1], ['check', 'embedded', ...given, '--only', 'rfc1939', '--report', `json=${name}.json`]);
  }
  await popspec([0, 1], ['compare', 'base.json', 'new.json', '--report', 'html=compare.html']);
  return join(work, 'compare.html');
}

/** Why a user of a provider that wants POP switched on cannot log in. */
async function diagnose() {
  const users = [{ name: 'ann@example.org', password: 'secret', messages: [] }];
  const server = await startServer({ users, personality: 'gmail-pop-off' });
  try {
    const given = ['--user', 'ann@example.org', '--password-env', 'MAIL_PASSWORD', '--insecure'];
    await popspec(
      [0, 1, 3],
      ['diagnose', `pop3s://127.0.0.1:${server.tlsPort}`, ...given, '--report', 'html=diagnose.html'],
      {
        MAIL_PASSWORD: 'secret',
      },
    );
  } finally {
    await server.close();
  }
  return join(work, 'diagnose.html');
}

async function shoot(browser, name, address, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(address);
  const file = join(images, `${name}.png`);
  await page.screenshot({ path: file });
  await context.close();
  const { size } = statSync(file);
  process.stdout.write(`${name}.png ${size}\n`);
  if (size > OCTETS_MAX) throw new Error(`${name}.png has ${size} octets, more than ${OCTETS_MAX}`);
}

const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
try {
  mkdirSync(images, { recursive: true });
  const pages = {
    check: join(samples, 'dovecot.html'),
    finding: `${join(samples, 'dovecot.html')}#findings`,
    matrix: `${join(samples, 'five-servers.html')}#matrix`,
    load: join(samples, 'dovecot-load.html'),
    compare: await compare(),
    diagnose: await diagnose(),
  };
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS });
  try {
    for (const [name, page] of Object.entries(pages)) {
      const [file, fragment] = page.split('#');
      const address = `${pathToFileURL(file).href}${fragment === undefined ? '' : `#${fragment}`}`;
      await shoot(browser, `${name}-light`, address, { viewport: DESKTOP, colorScheme: 'light' });
      await shoot(browser, `${name}-dark`, address, { viewport: DESKTOP, colorScheme: 'dark' });
      await shoot(browser, `${name}-phone`, address, { viewport: PHONE, colorScheme: 'light' });
    }
  } finally {
    await browser.close();
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
