import type { VNode } from 'preact';
import { REFUSAL_HINTS } from '../../load/refusals.js';
import type { Latency, LoadResult } from '../../load/result.js';
import { printable, safeText } from '../escape.js';
import { count, microseconds, milliseconds, octets, plural, significant } from '../format.js';
import type { LoadView } from '../load-view.js';
import { causeWords } from '../verdicts.js';
import { Meta, Scroll, Transcript } from './parts.js';

/** Kinds of error that are told with a transcript. */
const ERRORS_SHOWN = 40;
const ERROR_BOUNDS = { lines: 60, lineOctets: 300 } as const;

/** The groups of the table: what its rows have in common, and whether a latency is one of them. */
const GROUPS: readonly (readonly [string, (latency: Latency) => boolean])[] = [
  ['Whole sessions', ({ kind }) => kind === 'session'],
  ['Phases', ({ kind }) => kind === 'phase'],
  [
    'Commands, to the end of the answer',
    ({ kind, measure }) => kind === 'command' && measure !== 'first-octet',
  ],
  ['Commands, to the first octet', ({ kind, measure }) => kind === 'command' && measure === 'first-octet'],
];

/** The latency of each phase and command, in each group what failed in rows of its own below what went well. */
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
            of it. What failed is in no other row.
          </caption>
          <LatencyHead />
          {GROUPS.map(([name, belongs]) => {
            const group = rows.filter(({ latency }) => belongs(latency));
            const part = (outcome: Latency['outcome']) =>
              group
                .filter(({ latency }) => latency.outcome === outcome)
                .map(({ latency, label }) => (
                  <LatencyCells
                    label={latency.kind === 'session' ? label : safeText(latency.name, 16)}
                    latency={latency}
                    failed={outcome === 'failed'}
                  />
                ));
            return group.length === 0 ? null : (
              <tbody>
                <tr>
                  <th scope="rowgroup" class="group" colSpan={HEAD.length}>
                    {name}
                  </th>
                </tr>
                {part('ok')}
                {part('failed')}
              </tbody>
            );
          })}
          {lag !== null && lag.count > 0 && (
            <tbody>
              <tr>
                <th scope="rowgroup" class="group" colSpan={HEAD.length}>
                  popspec itself
                </th>
              </tr>
              <LatencyCells label="start behind plan" latency={lag} failed={false} />
            </tbody>
          )}
        </table>
      </Scroll>
    </section>
  );
}

const HEAD = ['', 'count', 'min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'] as const;

function LatencyHead(): VNode {
  return (
    <thead>
      <tr>{HEAD.map((name) => (name === '' ? <td /> : <th scope="col">{name}</th>))}</tr>
    </thead>
  );
}

function LatencyCells(props: {
  readonly label: string;
  readonly latency: Latency;
  readonly failed: boolean;
}): VNode {
  const { latency, failed } = props;
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
      <th scope="row" class={failed ? 'short' : ''}>
        {failed ? `✗ ${props.label}, failed` : props.label}
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
  const { health } = doc;
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
          ['Garbage collection', `${milliseconds(health.gcMs)}, at most ${milliseconds(health.gcMaxMs)}`],
          ['Open files', `${files}${limit}`],
        ]}
      />
    </section>
  );
}
