// Whether scraping /metrics moves the latencies of a load run: `npm run bench:metrics -- [--blocks 50] [--scrapes 50]`.
// One run, in which autocannon reads that endpoint in every other block of some seconds; what else the machine does falls on
// both. Prints the ratio of the latencies. Asserts nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';

const BIN = fileURLToPath(new URL('../bin/popspec.js', import.meta.url));
const LOAD = ['--rate', '100', '--warmup', '3s', '--scenario', 'download-and-keep'];
const BLOCK_S = 3;

const { values } = parseArgs({
  options: { blocks: { type: 'string', default: '50' }, scrapes: { type: 'string', default: '50' } },
});
const scrapes = Number(values.scrapes);
const seconds = Number(values.blocks) * BLOCK_S;
const folder = mkdtempSync(join(tmpdir(), 'popspec-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, 'run.json');
const args = ['load', 'embedded', ...LOAD, '--duration', `${seconds}s`, '--metrics', ':0'];
const child = spawn(process.execPath, [BIN, ...args, '--report', `json=${file}`], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
const ended = once(child, 'exit');
const url = await endpoint();
const scraped = [];
let answers = 0;
while (child.exitCode === null) {
  const from = Date.now();
  const {
    '2xx': good,
    non2xx,
    errors,
  } = await autocannon({
    url,
    connections: 2,
    overallRate: scrapes,
    duration: BLOCK_S,
  });
  // The last block may end after the run.
  if (child.exitCode === null && non2xx + errors > 0) throw new Error('the endpoint does not answer');
  answers += good;
  scraped.push([from, Date.now()]);
  await Promise.race([sleep(BLOCK_S * 1000), ended]);
}
const { series, startedAt } = JSON.parse(readFileSync(file, 'utf8'));
const [during, between] = [[], []];
for (const interval of series) {
  const to = Date.parse(startedAt) + interval.atMs;
  const from = to - interval.durationMs;
  const inside = scraped.some(([begin, end]) => from >= begin && to <= end);
  const outside = scraped.every(([begin, end]) => to <= begin || from >= end);
  if (inside || outside) (inside ? during : between).push(interval);
}
console.log(
  `${answers} scrapes, about ${scrapes} a second, in ${during.length} of ${during.length + between.length} seconds\n`,
);
console.log('| median over seconds | without | with scrapes | ratio |\n|---|---:|---:|---:|');
for (const name of ['p50', 'p90', 'p99']) {
  const [before, after] = [between, during].map((of) => median(of.flatMap((one) => one[`${name}Us`] ?? [])));
  const ms = (us) => `${(us / 1000).toFixed(2)} ms`;
  console.log(`| ${name} of sessions | ${ms(before)} | ${ms(after)} | ${(after / before).toFixed(2)} |`);
}

function endpoint() {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
      const found = /metrics: (http:\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(said)));
  });
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
