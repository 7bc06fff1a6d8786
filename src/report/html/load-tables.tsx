import type { VNode } from 'preact';
import { REFUSAL_HINTS } from '../../load/refusals.js';
import type { Latency, LoadResult } from '../../load/result.js';
import { printable, safeText } from '../escape.js';
import { count, microseconds, milliseconds, octets, percent, plural, significant } from '../format.js';
import type { LoadView } from '../load-view.js';
import { causeWords } from '../verdicts.js';
import { Meta, Scroll, Transcript } from './parts.js';

/** Kinds of error that are told with a transcript. */
const ERRORS_SHOWN = 40;
const ERROR_BOUNDS = { lines: 60, lineOctets: 300 } as const;

/** Each threshold: the limit and what was measured beside it. */
export function Thresholds({ doc }: { readonly doc: LoadResult }): VNode {
  return (
    <section id="thresholds">
      <h2>Thresholds</h2>
      {doc.thresholds.length === 0 ? (
        <p>None was set: this run can only fail by being invalid. Set some with --threshold.</p>
      ) : (
        <table class="slim">
          <thead>
            <tr>
              <th scope="col">result</th>
              <th scope="col" class="l">
                limit
              </th>
              <th scope="col">actual</th>
            </tr>
          </thead>
          <tbody>
            {doc.thresholds.map(({ expression, actual, passed }) => (
              <tr>
                <td>
                  <span class={`v ${passed ? 'pass' : 'fail'}`} data-s={passed ? '✓' : '✗'}>
                    {passed ? 'met' : 'missed'}
                  </span>
                </td>
                <td class="w">
                  <code>{safeText(expression, 100)}</code>
                </td>
                <td class={passed ? '' : 'short'}>{printable(actual, 60)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The latency of each phase and command: what went well first, what failed in rows of its own below. */
export function LatencyTable({ doc, view }: { readonly doc: LoadResult; readonly view: LoadView }): VNode {
  const rows = view.latencies.flatMap((group) => group.rows).filter(({ latency }) => latency.count > 0);
  const lag = doc.scheduleLag;
  return (
    <section id="latency">
      <h2>Latency by phase and command</h2>
      <Scroll label="Latency by phase and command">
        <table>
          <caption>
            "from plan" counts from the planned start of a session, so that waiting for a slow server is part
            of it.
          </caption>
          <LatencyHead />
          <tbody>
            {rows
              .filter(({ latency }) => latency.outcome === 'ok')
              .map(({ latency, label }) => (
                <LatencyCells label={label} latency={latency} />
              ))}
          </tbody>
          <tbody>
            {rows
              .filter(({ latency }) => latency.outcome === 'failed')
              .map(({ latency, label }) => (
                <LatencyCells label={`${label}, failed`} latency={latency} failed />
              ))}
          </tbody>
          {lag !== null && lag.count > 0 && (
            <tbody>
              <LatencyCells label="start behind plan" latency={lag} />
            </tbody>
          )}
        </table>
      </Scroll>
    </section>
  );
}

function LatencyHead(): VNode {
  return (
    <thead>
      <tr>
        {['', 'count', 'min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'].map((name) =>
          name === '' ? <td /> : <th scope="col">{name}</th>,
        )}
      </tr>
    </thead>
  );
}

function LatencyCells(props: {
  readonly label: string;
  readonly latency: Latency;
  readonly failed?: boolean;
}): VNode {
  const { latency } = props;
  const values = [
    latency.minUs,
    latency.meanUs,
    latency.p50Us,
    latency.p90Us,
    latency.p95Us,
    latency.p99Us,
    latency.p999Us,
    latency.maxUs,
  ];
  return (
    <tr>
      <th scope="row" class={props.failed === true ? 'short' : ''}>
        {props.failed === true ? `✗ ${props.label}` : props.label}
      </th>
      <td>{count(latency.count)}</td>
      {values.map((value) => (
        <td>{microseconds(value)}</td>
      ))}
    </tr>
  );
}

/** Errors by text, the most frequent first, each with the transcript of the first session that met it. */
export function Errors({ doc }: { readonly doc: LoadResult }): VNode {
  const errors = [...doc.errors].sort((a, b) => b.count - a.count);
  const { integrity } = doc;
  return (
    <section id="errors">
      <h2>{errors.length === 0 ? 'No errors' : 'Errors'}</h2>
      <p>
        <span
          class={`v ${integrity.errors === 0 ? 'pass' : 'fail'}`}
          data-s={integrity.errors === 0 ? '✓' : '✗'}
        >
          {integrity.errors === 0 ? 'intact' : 'damaged'}
        </span>
        {` ${plural(integrity.errors, 'integrity error')} in ${plural(integrity.checks, 'check')} of status lines, framing, sizes and content.`}
      </p>
      {errors.slice(0, ERRORS_SHOWN).map((error) => (
        <article class={`card ${error.integrity ? 'fail' : 'warn'}`}>
          <h3>
            <span class={`v ${error.integrity ? 'fail' : 'warn'}`} data-s={error.integrity ? '✗' : '!'}>
              {`${count(error.count)} × ${error.integrity ? 'damage' : 'error'}`}
            </span>
            <code>{printable(error.text, 400)}</code>
          </h3>
          <p class="sub">{`${causeWords(error.cause)}; first after ${milliseconds(error.firstAtMs)}`}</p>
          {error.refusal !== undefined && <p>{REFUSAL_HINTS[error.refusal]}</p>}
          {error.transcript.length > 0 && (
            <details>
              <summary>Transcript of the first session that met it</summary>
              <Transcript events={error.transcript} bounds={ERROR_BOUNDS} />
            </details>
          )}
        </article>
      ))}
      {errors.length > ERRORS_SHOWN && (
        <p>{`and ${plural(errors.length - ERRORS_SHOWN, 'more kind')} of error, in the JSON result`}</p>
      )}
    </section>
  );
}

/** Whether the generator kept up: without this no figure above can be trusted. */
export function Health({ doc }: { readonly doc: LoadResult }): VNode {
  const { health, environment } = doc;
  const good = health.verdict === 'ok';
  const files = health.openFiles === null ? '' : count(health.openFiles);
  const limit = health.openFilesLimit === null ? '' : ` of ${count(health.openFilesLimit)}`;
  return (
    <section id="generator">
      <h2>The generator</h2>
      <p>
        <span class={`v ${good ? 'pass' : 'fail'}`} data-s={good ? '✓' : '✗'}>
          {health.verdict}
        </span>
        {good ? ' It kept up with the plan.' : ' It was the bottleneck: the figures are not the server’s.'}
      </p>
      {health.reasons.length > 0 && (
        <ul>
          {health.reasons.slice(0, 10).map((reason) => (
            <li>{safeText(reason, 300)}</li>
          ))}
        </ul>
      )}
      <Meta
        facts={[
          ['Event loop delay, p99', milliseconds(health.eventLoopDelayP99Ms)],
          ['Event loop delay, max', milliseconds(health.eventLoopDelayMaxMs)],
          ['CPU', `${significant(health.cpuPercent)} %`],
          ['Memory', octets(health.maxRssBytes)],
          ['Open files', `${files}${limit}`],
          [
            'Machine',
            safeText(`Node ${environment.node}, ${environment.platform}, ${environment.cpus} CPUs`, 200),
          ],
        ]}
      />
    </section>
  );
}

function tlsFigure({ tls }: LoadResult): [string, string, string][] {
  if (tls === undefined) return [];
  const note = `${count(tls.full)} full, ${count(tls.resumed)} resumed`;
  return [['TLS handshakes per second', significant(tls.perSecond), note]];
}

function refillFigure({ refill }: LoadResult): [string, string, string][] {
  if (refill === undefined) return [];
  const { delivered, failed, late, perSecond } = refill;
  const note = `${significant(perSecond)}/s asked for, ${count(failed)} failed, ${count(late)} too late`;
  return [['messages delivered meanwhile', count(delivered), note]];
}

/** The figures that one looks for first. */
export function Figures({ doc }: { readonly doc: LoadResult }): VNode {
  const { totals, rates, integrity } = doc;
  const offered =
    rates.offered === null
      ? 'closed model'
      : `${significant(rates.offered)}/s offered, ${percent(rates.completed, rates.offered)} completed`;
  const lost = [
    totals.dropped > 0 ? `${count(totals.dropped)} never started` : '',
    totals.late > 0 ? `${count(totals.late)} late` : '',
    totals.cutOff > 0 ? `${count(totals.cutOff)} cut off at the end` : '',
  ].filter((text) => text !== '');
  const figures: readonly (readonly [string, string, string])[] = [
    ['sessions per second', significant(rates.completed), offered],
    ['sessions completed', count(totals.completed), [`${count(totals.started)} started`, ...lost].join(', ')],
    ['sessions failed', count(totals.failed), percent(totals.failed, totals.completed + totals.failed)],
    ['open at once, peak', count(totals.peakConcurrent), plural(doc.users, 'user')],
    ['integrity errors', count(integrity.errors), `in ${plural(integrity.checks, 'check')}`],
    ['commands per second', significant(rates.commands), `${count(totals.commands)} in all`],
    [
      'messages per second',
      significant(rates.messages),
      `${count(totals.messages)} in all${totals.deleted > 0 ? `, ${count(totals.deleted)} deleted` : ''}`,
    ],
    ...tlsFigure(doc),
    ...refillFigure(doc),
    ['data per second', octets(rates.octets), `${octets(totals.octets)} in all`],
  ];
  return (
    <section aria-label="Key figures">
      <dl class="figures">
        {figures.map(([name, value, note]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
            <dd class="note">{note}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
