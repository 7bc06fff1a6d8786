// How often `popspec compare` is wrong, by simulation: `npm run bench:compare [PAIRS]` writes bench/COMPARE.md.
import { writeFileSync } from 'node:fs';
import { answerOf, compareRuns, FLOORS } from '../dist/load/comparison/metrics.js';
import { spreadOf } from '../dist/load/comparison/run.js';
import { randomOf } from '../dist/load/random.js';
import { ORDINARY, simulatedRun } from './simulated-runs.mjs';

const PAIRS = Number(process.argv[2] ?? 400);
const VERBS = ['USER', 'PASS', 'STAT', 'LIST', 'RETR'];
/** Verbs go with the sessions and lie apart a little by themselves (standard deviation of the logarithm). */
const VERB_APART = 0.01;

/** What is simulated: repeats a side, seconds a run, and what is not as in ORDINARY. */
const SAME = [
  ['an ordinary server', 3, 30, {}],
  ['5 repeats', 5, 30, {}],
  ['one run a side', 1, 30, {}],
  ['one run a side, runs 10 % apart', 1, 30, { apart: 0.1 }],
  ['runs 5 % apart', 3, 30, { apart: 0.05 }],
  ['runs 0 % apart', 3, 30, { apart: 0 }],
  ['seconds 10 % apart, nine tenths of which stays', 3, 30, { wobble: 0.1, keeps: 0.9 }],
  ['20 % of drift in each run', 3, 30, { drift: 0.2 }],
  ['10 sessions a second', 3, 30, { perSecond: 10 }],
  ['runs of 10 s', 3, 10, {}],
];
const SLOWER = [
  ['10 % slower', 3, 30, 1.1, {}],
  ['10 % slower, runs 1.5 % apart', 3, 30, 1.1, { apart: 0.015 }],
  ['10 % slower, runs 2 % apart', 3, 30, 1.1, { apart: 0.02 }],
  ['10 % slower, runs 2 % apart', 5, 30, 1.1, { apart: 0.02 }],
  ['10 % slower, runs 4 % apart', 5, 30, 1.1, { apart: 0.04 }],
  ['20 % slower, runs 4 % apart', 3, 30, 1.2, { apart: 0.04 }],
  ['10 % slower', 3, 10, 1.1, {}],
  ['2 % slower, which is below the floor', 3, 30, 1.02, {}],
  ['30 % slower', 1, 30, 1.3, {}],
  ['60 % slower', 1, 30, 1.6, {}],
];

function observed(seconds, slower, random, server) {
  const { blocks, whole, completed, perSecond } = simulatedRun(seconds, slower, random, server);
  const session = spreadOf(whole);
  const verbs = VERBS.map((verb) => {
    const own = Math.exp(
      VERB_APART * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
    );
    const us = Object.fromEntries(
      Object.entries(session.us).map(([percentile, value]) => [percentile, value * own]),
    );
    return [verb, { us, sampling: session.sampling }];
  });
  return { blocks, completed, failed: 0, perSecond, session, verbs: new Map(verbs) };
}

/** Answers of so many pairs, and in how many any metric at all, verbs among them, was called worse or better. */
function judged(pairs, repeats, seconds, slower, more) {
  const server = { ...ORDINARY, ...more };
  const answers = { worse: 0, better: 0, same: 0, 'cannot tell': 0 };
  let alarms = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const random = randomOf(2026, pair);
    const side = (factor) => Array.from({ length: repeats }, () => observed(seconds, factor, random, server));
    const metrics = compareRuns(side(1), side(slower), FLOORS, random);
    answers[answerOf(metrics)]++;
    if (metrics.some(({ answer }) => answer === 'worse' || answer === 'better')) alarms++;
  }
  return { answers, alarms };
}

const percent = (count) => `${((100 * count) / PAIRS).toFixed(1)} %`;
const lines = [
  '# How often popspec compare is wrong',
  '',
  `Written by \`npm run bench:compare\`: ${PAIRS} simulated pairs for each line, always the same ones. An ordinary server ends`,
  `${ORDINARY.perSecond} sessions a second; its runs lie ${ORDINARY.apart * 100} % apart, its seconds ${ORDINARY.wobble * 100} %, of which ${ORDINARY.keeps} stays for the second after, and each run`,
  `drifts by ${ORDINARY.drift * 100} % from its begin to its end (standard deviations). Five verbs go with the sessions.`,
  '',
  '## The same server twice: every alarm is false',
  '',
  '| | runs | answer worse or better | any metric worse or better | same |',
  '|---|---|---:|---:|---:|',
];
for (const [name, repeats, seconds, more] of SAME) {
  const { answers, alarms } = judged(PAIRS, repeats, seconds, 1, more);
  lines.push(
    `| ${name} | ${repeats} + ${repeats} of ${seconds} s | ${percent(answers.worse + answers.better)} | ${percent(alarms)} | ${percent(answers.same)} |`,
  );
  console.log(lines.at(-1));
}
lines.push(
  '',
  '## A slower server: every alarm is right',
  '',
  '| | runs | worse | better | cannot tell | same |',
  '|---|---|---:|---:|---:|---:|',
);
for (const [name, repeats, seconds, slower, more] of SLOWER) {
  const { answers } = judged(PAIRS, repeats, seconds, slower, more);
  const cells = ['worse', 'better', 'cannot tell', 'same'].map((answer) => percent(answers[answer]));
  lines.push(`| ${name} | ${repeats} + ${repeats} of ${seconds} s | ${cells.join(' | ')} |`);
  console.log(lines.at(-1));
}
writeFileSync(new URL('./COMPARE.md', import.meta.url), `${lines.join('\n')}\n`);
