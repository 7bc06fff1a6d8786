import { documentOf } from '../load/document.js';
import { planThresholds } from '../load/run.js';
import { mergeShards, nothingMeasured } from '../load/shard-result.js';
import { createChalk } from '../report/colors.js';
import { endSummary } from '../report/terminal.js';
import { summaryWidth } from '../report/terminal-style.js';
import { UsageError } from './exit-codes.js';
import { reportRequests, writeReports } from './reports.js';
import { differenceOf, readShardFile, type ShardFile } from './shard-file.js';
import { note } from './tell.js';
import { several } from './values.js';

/** Shards that began further apart than this did not make their load together. */
const APART_MS_MAX = 1000;

/** `popspec merge`: adds up what several machines have measured and judges it as one run. */
export async function mergeCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  const requests = reportRequests(several(args.report), 'load');
  const names = several(args.shard);
  const files = names.map(readShardFile);
  mustBelongTogether(names, files);
  const [first] = files;
  if (first === undefined)
    throw new UsageError('there is no shard to merge', 'popspec merge s1.json s2.json');
  const { plan, of } = first;
  const missing = Array.from({ length: of }, (_, at) => at + 1).filter(
    (index) => !files.some((file) => file.index === index),
  );
  const lost = missing.map((index) => ({
    ...nothingMeasured(plan),
    why: 'lost' as const,
    losses: [`shard ${index} of ${of} is missing`],
  }));
  const measured = mergeShards([...files.map(({ result }) => result), ...lost]);
  const began = files.map(({ result }) => Date.parse(result.startedAt));
  const apartMs = Math.max(...began) - Math.min(...began);
  if (apartMs > APART_MS_MAX)
    note(`the shards began ${Math.round(apartMs / 100) / 10} s apart: use --start-at for one start`);
  const document = documentOf({ plan, thresholds: planThresholds(plan), measured });
  const out = requests.some(({ file }) => file === '-') ? process.stderr : process.stdout;
  out.write(
    endSummary(
      document,
      createChalk(out, process.env, { color: args.color as boolean | undefined }),
      summaryWidth(out),
    ),
  );
  writeReports(requests, document);
  return document.exit.code;
}

function mustBelongTogether(names: readonly string[], files: readonly ShardFile[]): void {
  const [first] = files;
  for (const [at, file] of files.entries()) {
    const difference = first === undefined ? undefined : differenceOf(first, file);
    if (difference !== undefined)
      throw new UsageError(
        `${names[0]} and ${names[at]} are not of the same run: ${difference}`,
        'run every shard with the same options, users and version',
      );
    const twin = files.findIndex(({ index }) => index === file.index);
    if (twin < at)
      throw new UsageError(
        `${names[twin]} and ${names[at]} are both shard ${file.index} of ${file.of}`,
        'give each shard once',
      );
  }
}
