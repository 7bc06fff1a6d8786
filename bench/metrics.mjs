// Whether scraping /metrics moves the latencies of a load run: `npm run bench:metrics -- [--rounds 5] [--scrapes 50]`.
// Runs without and with autocannon at that endpoint, in turn, and prints the ratio of their latencies. Asserts nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';

const BIN = fileURLToPath(new URL('../bin/popspec.js', import.meta.url));
const LOAD = ['--rate', '100', '--warmup', '2s', '--duration', '10s', '--scenario', 'download-and-keep'];
const SECONDS = 12;
const PERCENTILES = ['p50', 'p90', 'p99'];

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, scrapes: { type: 'string', default: '50' } },
});
const scrapes = Number(values.scrapes);
const folder = mkdtempSync(join(tmpdir(), 'popspec-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const without = [];
const scraped = [];
for (let round = 1; round <= Number(values.rounds); round++) {
  // Whatever goes first in one round goes last in the next.
  for (const scrape of round % 2 === 1 ? [false, true] : [true, false]) {
    const sample = await run(scrape);
    (scrape ? scraped : without).push(sample);
    const told = PERCENTILES.map((name) => `${name} ${(sample[name] / 1000).toFixed(2)} ms`).join(', ');
    console.log(`round ${round}, ${scrape ? `${sample.scrapes} scrapes` : 'no scrapes'}: ${told}`);
  }
}
console.log(`\n| session | without | ${scrapes} scrapes/s | ratio |\n|---|---:|---:|---:|`);
for (const name of PERCENTILES) {
  const [before, after] = [median(without, name), median(scraped, name)];
  const ms = (us) => `${(us / 1000).toFixed(2)} ms`;
  console.log(`| ${name} | ${ms(before)} | ${ms(after)} | ${(after / before).toFixed(2)} |`);
}

/** One run against the embedded server; its latencies from the plan in microseconds. */
async function run(scrape) {
  const file = join(folder, 'run.json');
  const args = ['load', 'embedded', ...LOAD, '--metrics', ':0', '--report', `json=${file}`];
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const told = await endpointOf(child);
  const scraping = scrape
    ? autocannon({ url: told, connections: 2, overallRate: scrapes, duration: SECONDS })
    : undefined;
  const done = await scraping;
  const [code] = await ended;
  const { latencies } = JSON.parse(readFileSync(file, 'utf8'));
  const { count, ...us } = latencies.find(
    ({ name, measure, outcome }) => name === 'session' && measure === 'planned' && outcome === 'ok',
  );
  if (count === 0 || done?.non2xx > 0) throw new Error(`a run that says nothing: exit code ${code}`);
  return {
    scrapes: done?.['2xx'],
    ...Object.fromEntries(PERCENTILES.map((name) => [name, us[`${name}Us`]])),
  };
}

function endpointOf(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
      const url = /metrics: (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error(said)));
  });
}

function median(samples, name) {
  return samples.map((sample) => sample[name]).sort((a, b) => a - b)[Math.floor(samples.length / 2)];
}
