import type { VNode } from 'preact';
import type { LoadResult } from '../../load/result.js';
import { printable, safeText } from '../escape.js';
import { count, microseconds, milliseconds, octets, percent, plural, significant } from '../format.js';
import { sessionLatency } from '../load-view.js';

/** Name, value and what explains it. */
interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  /** For figures that are a verdict by themselves: their sign and colour. */
  readonly good?: boolean;
}

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

/** What one must know before one reads on: what was asked for and came, how fast, how whole, and whether it can be trusted. */
export function Score({ doc }: { readonly doc: LoadResult }): VNode {
  const { totals, rates, integrity, health } = doc;
  const session = sessionLatency(doc);
  const from = session?.measure === 'planned' ? 'from the planned start' : 'from the actual start';
  const ended = totals.completed + totals.failed;
  const figures: readonly Figure[] = [
    rates.offered === null
      ? {
          name: 'sessions per second',
          value: significant(rates.completed),
          note: 'closed model: none was offered',
        }
      : {
          name: 'sessions per second, offered → achieved',
          value: `${significant(rates.offered)} → ${significant(rates.completed)}`,
          note: [
            `${percent(rates.completed, rates.offered)} completed`,
            ...(totals.dropped > 0 ? [`${count(totals.dropped)} never started`] : []),
          ].join(', '),
        },
    {
      name: 'session p99',
      value: session === undefined ? '–' : microseconds(session.p99Us),
      note: session === undefined ? 'no session went well' : `p50 ${microseconds(session.p50Us)}, ${from}`,
    },
    {
      name: 'sessions failed',
      value: count(totals.failed),
      note: `${percent(totals.failed, ended)} of ${count(ended)}`,
      ...(totals.failed > 0 ? { good: false } : {}),
    },
    {
      name: 'integrity errors',
      value: count(integrity.errors),
      note: `in ${plural(integrity.checks, 'check')}`,
      ...(integrity.checks === 0 && integrity.errors === 0 ? {} : { good: integrity.errors === 0 }),
    },
    {
      name: 'generator',
      value: health.verdict,
      note: `event loop p99 ${milliseconds(health.eventLoopDelayP99Ms)}, CPU ${significant(health.cpuPercent)} %`,
      good: health.verdict === 'ok',
    },
  ];
  return <FigureList label="Key figures" kind="score" figures={figures} />;
}

/** How much was done, in all and by the second. */
export function Work({ doc }: { readonly doc: LoadResult }): VNode {
  const { totals, rates, tls, refill } = doc;
  const lost = [
    totals.dropped > 0 ? `${count(totals.dropped)} never started` : '',
    totals.late > 0 ? `${count(totals.late)} late` : '',
    totals.cutOff > 0 ? `${count(totals.cutOff)} cut off at the end` : '',
  ].filter((text) => text !== '');
  const figures: readonly Figure[] = [
    {
      name: 'sessions completed',
      value: count(totals.completed),
      note: [`${count(totals.started)} started`, ...lost].join(', '),
    },
    { name: 'open at once, peak', value: count(totals.peakConcurrent), note: plural(doc.users, 'user') },
    {
      name: 'commands per second',
      value: significant(rates.commands),
      note: `${count(totals.commands)} in all`,
    },
    {
      name: 'messages per second',
      value: significant(rates.messages),
      note: `${count(totals.messages)} in all${totals.deleted > 0 ? `, ${count(totals.deleted)} deleted` : ''}`,
    },
    { name: 'data per second', value: octets(rates.octets), note: `${octets(totals.octets)} in all` },
    ...(tls === undefined
      ? []
      : [
          {
            name: 'TLS handshakes per second',
            value: significant(tls.perSecond),
            note: `${count(tls.full)} full, ${count(tls.resumed)} resumed`,
          },
        ]),
    ...(refill === undefined
      ? []
      : [
          {
            name: 'messages delivered meanwhile',
            value: count(refill.delivered),
            note: `${significant(refill.perSecond)}/s asked for, ${count(refill.failed)} failed, ${count(refill.late)} too late`,
          },
        ]),
  ];
  return (
    <section id="work">
      <h2>Work done</h2>
      <FigureList label="Work done" kind="work" figures={figures} />
    </section>
  );
}

function FigureList(props: {
  readonly label: string;
  readonly kind: 'score' | 'work';
  readonly figures: readonly Figure[];
}): VNode {
  return (
    <dl class={`figures ${props.kind}`} aria-label={props.label}>
      {props.figures.map(({ name, value, note, good }) => (
        <div>
          <dt>{name}</dt>
          {good === undefined ? (
            <dd>{value}</dd>
          ) : (
            <dd>
              <span class={`v ${good ? 'pass' : 'fail'}`} data-s={good ? '✓' : '✗'}>
                {value}
              </span>
            </dd>
          )}
          <dd class="note">{note}</dd>
        </div>
      ))}
    </dl>
  );
}
