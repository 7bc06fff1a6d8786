import type { VNode } from 'preact';
import type { LoadResult } from '../../load/result.js';
import { printable, safeText } from '../escape.js';
import { count, microseconds, milliseconds, percent, significant } from '../format.js';
import { CAPACITY_VERDICTS } from '../load-view.js';
import { Scroll } from './parts.js';

/** The search for the highest rate: each step with its verdict, in the order in which they were run. */
export function Capacity({ doc }: { readonly doc: LoadResult }): VNode | null {
  const { capacity } = doc;
  if (capacity === undefined) return null;
  const classes = { held: 'pass', missed: 'fail', generator: 'warn', ended: 'warn' } as const;
  const found =
    capacity.perSecond === null ? 'No rate was found' : `${significant(capacity.perSecond)} sessions/s`;
  return (
    <section id="capacity">
      <h2>Capacity</h2>
      <p>{`${found}. All other figures of this page are those of that step.`}</p>
      <Scroll label="Steps of the search">
        <table class="slim">
          <thead>
            <tr>
              <th scope="col">rate</th>
              <th scope="col">verdict</th>
              <th scope="col">completed</th>
              <th scope="col">p50</th>
              <th scope="col">p99</th>
              <th scope="col">failed</th>
              <th scope="col">dropped</th>
              <th scope="col" class="l">
                missed
              </th>
            </tr>
          </thead>
          <tbody>
            {capacity.steps.map((step) => (
              <tr>
                <td>{`${significant(step.ratePerSecond)}/s`}</td>
                <td>
                  <span
                    class={`v ${classes[step.verdict]}`}
                    data-s={CAPACITY_VERDICTS[step.verdict].slice(0, 1)}
                  >
                    {CAPACITY_VERDICTS[step.verdict].slice(2)}
                  </span>
                </td>
                <td>{`${significant(step.completedPerSecond)}/s`}</td>
                <td>{step.p50Us === null ? '–' : microseconds(step.p50Us)}</td>
                <td>{step.p99Us === null ? '–' : microseconds(step.p99Us)}</td>
                <td>{count(step.failed)}</td>
                <td>{count(step.dropped)}</td>
                <td class="w">{printable(step.missed.join('; '), 200)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

/** The scenarios of a mix, with what their sessions came to. */
export function Mix({ doc }: { readonly doc: LoadResult }): VNode | null {
  if (doc.mix === undefined) return null;
  const started = doc.mix.reduce((sum, part) => sum + part.started, 0);
  return (
    <section id="mix">
      <h2>Scenarios</h2>
      <table class="slim">
        <thead>
          <tr>
            <th scope="col" class="l">
              scenario
            </th>
            <th scope="col">weight</th>
            <th scope="col">started</th>
            <th scope="col">of all</th>
            <th scope="col">completed</th>
            <th scope="col">failed</th>
          </tr>
        </thead>
        <tbody>
          {doc.mix.map((part) => (
            <tr>
              <td class="w">
                <code>{safeText(part.id, 80)}</code>
              </td>
              <td>{significant(part.weight)}</td>
              <td>{count(part.started)}</td>
              <td>{percent(part.started, started)}</td>
              <td>{count(part.completed)}</td>
              <td>{count(part.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The threads of the generator, where there are several. */
export function Workers({ doc }: { readonly doc: LoadResult }): VNode | null {
  const { workers } = doc.health;
  if (workers.length < 2) return null;
  return (
    <section id="workers">
      <h2>Workers</h2>
      <table class="slim">
        <thead>
          <tr>
            <th scope="col">worker</th>
            <th scope="col">CPU</th>
            <th scope="col">event loop p99</th>
            <th scope="col">max</th>
            <th scope="col">without idle time</th>
            <th scope="col">garbage collection</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker, index) => (
            <tr>
              <td>{String(index + 1)}</td>
              <td>{`${significant(worker.cpuPercent)} %`}</td>
              <td>{milliseconds(worker.eventLoopDelayP99Ms)}</td>
              <td>{milliseconds(worker.eventLoopDelayMaxMs)}</td>
              <td>{percent(worker.busyShare, 1)}</td>
              <td>{`${milliseconds(worker.gcMs)}, at most ${milliseconds(worker.gcMaxMs)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The load by HTTP beside the run, and the sessions without and with it. */
export function SideLoad({ doc }: { readonly doc: LoadResult }): VNode | null {
  const { sideLoad } = doc;
  if (sideLoad === undefined) return null;
  const cell = (us: number | null) => (us === null ? '–' : microseconds(us));
  const http = [
    `${count(sideLoad.connections)} connections, ${count(sideLoad.requests)} requests at ${significant(sideLoad.requestsPerSecond)}/s`,
    `p50 ${milliseconds(sideLoad.p50Ms)}, p99 ${milliseconds(sideLoad.p99Ms)}`,
    `${count(sideLoad.errors)} errors, ${count(sideLoad.non2xx)} answers other than 2xx`,
  ];
  return (
    <section id="side-load">
      <h2>HTTP beside it</h2>
      <p>
        <code>{safeText(sideLoad.url, 200)}</code>
        {` from ${milliseconds(sideLoad.fromMs)} to ${milliseconds(sideLoad.toMs)}: ${http.join('; ')}. Certificates of HTTPS are not verified.`}
      </p>
      <table class="slim">
        <thead>
          <tr>
            <th scope="col" class="l">
              POP3 sessions
            </th>
            <th scope="col">count</th>
            <th scope="col">p50</th>
            <th scope="col">p90</th>
            <th scope="col">p99</th>
          </tr>
        </thead>
        <tbody>
          {(['without', 'with'] as const).map((side) => (
            <tr>
              <td class="w">{`${side} it`}</td>
              <td>{count(sideLoad[side].count)}</td>
              <td>{cell(sideLoad[side].p50Us)}</td>
              <td>{cell(sideLoad[side].p90Us)}</td>
              <td>{cell(sideLoad[side].p99Us)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
