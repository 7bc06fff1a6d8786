import type { VNode } from 'preact';
import type { ComparedMetric, LoadComparison } from '../../load/comparison/result.js';
import {
  ANSWERS,
  estimateOf,
  figureOf,
  floorWords,
  intervalOf,
  labelOf,
  OPINION_CAVEAT,
} from '../comparison/view.js';
import { safeText } from '../escape.js';
import { count, instant, milliseconds } from '../format.js';
import { SpectrumChart } from './charts/spectrum.js';
import { Scroll } from './parts.js';

/** What changed between runs of a load, by metric, and the curves of both sides over each other. */
export function CompareLoad({ comparison }: { readonly comparison: LoadComparison }): VNode {
  const { metrics, base, new: next, confidence } = comparison;
  const [deciding, verbs] = [true, false].map((wanted) =>
    metrics.filter(({ decides }) => decides === wanted),
  );
  const series = [
    { name: 'base', latency: base.session },
    { name: 'new', latency: next.session },
  ].flatMap(({ name, latency }) => (latency === null ? [] : [{ name, latency }]));
  return (
    <>
      <section id="differences">
        <h2>New against base</h2>
        <Metrics metrics={deciding ?? []} caption="The answer rests on these" />
        <p class="sub">{`A difference counts from ${floorWords(comparison)} on. All intervals hold at once with ${confidence * 100} %.`}</p>
      </section>
      {(verbs ?? []).length > 0 && (
        <section id="commands">
          <h2>By command</h2>
          <Metrics metrics={verbs ?? []} caption="Where a difference comes from" />
        </section>
      )}
      {series.length > 0 && (
        <section id="curves">
          <h2>Curves</h2>
          <div class="cols">
            <SpectrumChart id="spectrum-session" title="Session latency by percentile" series={series} />
          </div>
        </section>
      )}
      <Runs comparison={comparison} />
      <Opinion comparison={comparison} />
    </>
  );
}

/** Percent that the pictures of intervals reach to at least, to either side. */
const REACH_LEAST = 10;
/** And at most: what lies beyond is told by the figures. */
const REACH_MOST = 50;

function Metrics({
  metrics,
  caption,
}: {
  readonly metrics: readonly ComparedMetric[];
  readonly caption: string;
}): VNode {
  const ends = metrics
    .filter(({ unit }) => unit !== 'share')
    .flatMap(({ difference }) =>
      difference === null ? [] : [Math.abs(difference.low), Math.abs(difference.high)],
    );
  const reach = Math.min(REACH_MOST, Math.max(REACH_LEAST, ...ends) * 1.1);
  return (
    <Scroll label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">metric</th>
            <th scope="col" class="l">
              answer
            </th>
            <th scope="col">base</th>
            <th scope="col">new</th>
            <th scope="col">difference</th>
            <th scope="col">interval</th>
            <th scope="col" class="l">
              {`−${reach.toFixed(0)} … +${reach.toFixed(0)} %`}
            </th>
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric) => {
            const { sign, look } = ANSWERS[metric.answer];
            return (
              <tr>
                <th scope="row">{labelOf(metric)}</th>
                <td class="l">
                  <span class={`v ${look}`} data-s={sign}>
                    {metric.answer}
                  </span>
                </td>
                <td>{figureOf(metric, metric.base)}</td>
                <td>{figureOf(metric, metric.new)}</td>
                <td>{estimateOf(metric)}</td>
                <td>{intervalOf(metric)}</td>
                <td class="l">
                  <Whisker metric={metric} reach={metric.unit === 'share' ? shareReach(metric) : reach} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function shareReach({ difference, floor }: ComparedMetric): number {
  return (
    Math.max(2 * (floor ?? 0), Math.abs(difference?.low ?? 0), Math.abs(difference?.high ?? 0), 0.01) * 1.1
  );
}

/** The interval as a line over the band of what does not count; the figures stand beside it. */
function Whisker({
  metric,
  reach,
}: {
  readonly metric: ComparedMetric;
  readonly reach: number;
}): VNode | null {
  const { difference, floor, answer } = metric;
  if (difference === null) return null;
  const at = (value: number) => (100 + (Math.max(-reach, Math.min(reach, value)) / reach) * 98).toFixed(1);
  const band = floor ?? 0;
  return (
    <svg class={`whisker ${ANSWERS[answer].look}`} viewBox="0 0 200 16" aria-hidden="true">
      <rect
        x={at(-band)}
        width={(Number(at(band)) - Number(at(-band))).toFixed(1)}
        height="16"
        fill="var(--rule)"
      />
      <path d="M100 0V16" stroke="var(--soft)" />
      <path d={`M${at(difference.low)} 8H${at(difference.high)}`} stroke="var(--v)" stroke-width="2.5" />
      <circle cx={at(difference.estimate)} cy="8" r="4" fill="var(--v)" />
    </svg>
  );
}

function Runs({ comparison }: { readonly comparison: LoadComparison }): VNode {
  const shown = comparison.metrics.filter(({ decides }) => decides);
  return (
    <section id="runs">
      <h2>The runs</h2>
      <Scroll label="The runs">
        <table>
          <thead>
            <tr>
              <th scope="col">run</th>
              <th scope="col" class="l">
                file
              </th>
              <th scope="col" class="l">
                began
              </th>
              <th scope="col">measured</th>
              <th scope="col">sessions</th>
              {shown.map((metric) => (
                <th scope="col">{labelOf(metric)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(['base', 'new'] as const).flatMap((side) =>
              comparison[side].runs.map((run, index) => (
                <tr>
                  <th scope="row">{`${side} ${index + 1}`}</th>
                  <td class="w">
                    <code>{safeText(run.file, 120)}</code>
                    {run.invalid !== undefined && <span class="short"> not valid</span>}
                  </td>
                  <td class="l">{instant(safeText(run.startedAt, 40))}</td>
                  <td>{milliseconds(run.durationMs)}</td>
                  <td>{count(run.completed)}</td>
                  {shown.map((metric) => (
                    <td>{figureOf(metric, metric.runs[side][index] ?? null)}</td>
                  ))}
                </tr>
              )),
            )}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Opinion({ comparison: { secondOpinion } }: { readonly comparison: LoadComparison }): VNode | null {
  if (secondOpinion === undefined) return null;
  const { rows, winner } = secondOpinion;
  return (
    <section id="second-opinion">
      <h2>Second opinion: autocannon-compare</h2>
      <table class="slim">
        <caption>{winner === 'none' ? 'It says: equal' : `It says: ${winner} wins`}</caption>
        <thead>
          <tr>
            <th scope="col">figure</th>
            <th scope="col">new against base</th>
            <th scope="col">p</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, difference, pValue, significant }) => (
            <tr>
              <th scope="row">{name}</th>
              <td>{safeText(difference, 20)}</td>
              <td>{`${pValue === null ? 'none' : pValue.toPrecision(2)} ${significant}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="sub">{OPINION_CAVEAT}</p>
    </section>
  );
}
