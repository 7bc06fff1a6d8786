import type { VNode } from 'preact';
import type { LoadResult } from '../../load/result.js';
import { printable, safeText } from '../escape.js';
import { count, instant, milliseconds } from '../format.js';
import type { LoadView } from '../load-view.js';
import { Base } from './load-base.js';
import { Curves } from './load-curves.js';
import { Score, Thresholds, Work } from './load-figures.js';
import { Capacity, Mix, SideLoad, Workers } from './load-parts.js';
import { Errors, Health, LatencyTable } from './load-tables.js';
import { Dialogue, Headline, Meta, Postmark } from './parts.js';

interface LoadPageProps {
  readonly doc: LoadResult;
  readonly view: LoadView;
  /** An earlier run to see this one beside. */
  readonly base: LoadResult | undefined;
}

/** The report of a load run: the verdict and the thresholds, the figures, the curves, what went wrong. */
export function LoadPage({ doc, view, base }: LoadPageProps): VNode {
  return (
    <>
      <a class="skip" href="#thresholds">
        Skip to the thresholds
      </a>
      <div class="edge" />
      <div class="wrap">
        <Header doc={doc} view={view} />
        <main>
          <Thresholds doc={doc} />
          <Score doc={doc} />
          <Capacity doc={doc} />
          <Base doc={doc} base={base} />
          <Curves doc={doc} base={base} />
          <Work doc={doc} />
          <Mix doc={doc} />
          <LatencyTable doc={doc} view={view} />
          <SideLoad doc={doc} />
          <Errors doc={doc} />
          <Health doc={doc} />
          <Workers doc={doc} />
          <section id="scenario">
            <h2>{safeText(doc.scenario.title, 200)}</h2>
            <p class="sub">
              <code>{safeText(doc.scenario.id, 100)}</code>
            </p>
            <Dialogue source={doc.scenario.dialogue} />
          </section>
          <Surroundings doc={doc} view={view} />
        </main>
        <footer>{`Made by popspec ${safeText(doc.tool.version, 40)}. Passwords and tokens were masked before anything was recorded.`}</footer>
      </div>
    </>
  );
}

function Header({ doc, view }: { readonly doc: LoadResult; readonly view: LoadView }): VNode {
  return (
    <header class="top">
      <div>
        <p class="kicker">popspec · POP3 load</p>
        <Headline text={view.sentence} />
        {doc.problem?.hint !== undefined && <p class="hint">{safeText(doc.problem.hint, 400)}</p>}
        {doc.health.reasons.slice(0, 1).map((reason) => (
          <p class="hint">{safeText(reason, 300)}</p>
        ))}
        {!doc.complete && <p class="hint">The run ended early: these are the figures up to then.</p>}
        <Meta
          facts={[
            ['Target', <code>{safeText(doc.target.url, 200)}</code>],
            ['Scenario', <code>{safeText(doc.scenario.id, 100)}</code>],
            ['Load', view.model],
          ]}
        />
      </div>
      <Postmark stamp={view.stamp} date={safeText(doc.startedAt, 10).slice(0, 10)} />
    </header>
  );
}

/** What the figures depend on, so that the run can be made again and told from others. */
function Surroundings({ doc, view }: { readonly doc: LoadResult; readonly view: LoadView }): VNode {
  const { target, environment, model } = doc;
  const tls = target.tls === 'none' ? 'no TLS' : target.tls === 'stls' ? 'STLS' : 'implicit TLS';
  return (
    <section id="environment">
      <h2>Environment</h2>
      <Meta
        facts={[
          ['Target', <code>{safeText(target.url, 200)}</code>],
          ['Address', safeText(target.address ?? '', 60)],
          ['Greeting', target.greeting === undefined ? '' : <code>{printable(target.greeting, 160)}</code>],
          ['Session', `${tls}, ${target.auth} login`],
          [
            'Load',
            `${view.model}${model.kind === 'open' && model.arrivals === 'poisson' ? ', Poisson arrivals' : ''}`,
          ],
          ['Users', count(doc.users)],
          ['Seed', String(doc.seed)],
          ['Measured', milliseconds(doc.durationMs)],
          ['Begun', instant(safeText(doc.startedAt, 40))],
          ['popspec', safeText(doc.tool.version, 40)],
          ['Node', safeText(environment.node, 40)],
          ['Platform', safeText(environment.platform, 100)],
          ['Cores', count(environment.cpus)],
          ['Threads', count(doc.health.workers.length)],
          ['Exit code', `${doc.exit.code}: ${safeText(doc.exit.reason, 300)}`],
        ]}
      />
    </section>
  );
}
