import type { VNode } from 'preact';
import type { CaseResult } from '../../check/result.js';
import { caseReason, clauseIndex } from '../check-view.js';
import { printable, safeText } from '../escape.js';
import { count, instant, plural } from '../format.js';
import {
  countsOf,
  type MatrixFolder,
  type MatrixRow,
  type MatrixServer,
  type MatrixSuite,
  type MatrixView,
} from '../matrix-view.js';
import { VERDICT_INFO, verdictOrder, verdictSign } from '../verdicts.js';
import { anchorOf, type CaseContext, FindingCase } from './case.js';
import { Definitions } from './check-page.js';
import type { Detail } from './detail.js';
import { Headline, Meta, Postmark, Scroll } from './parts.js';

/** Verdicts that are told in full below the matrix: their cells are links. */
const TOLD: ReadonlySet<CaseResult['verdict']> = new Set(['fail', 'error', 'warn', 'inconclusive', 'info']);

/** Several checks side by side: what each server keeps, case by case, and every finding in full. */
export function MatrixPage({ view, detail }: { readonly view: MatrixView; readonly detail: Detail }): VNode {
  const { servers, folders } = view;
  const told = servers.map((server) => toldOf(server, Math.floor(detail.findings / servers.length)));
  const [first] = servers;
  return (
    <>
      <a class="skip" href="#matrix">
        Skip to the matrix
      </a>
      <div class="edge" />
      <div class="wrap">
        <header>
          <div class="top">
            <div>
              <p class="kicker">popspec · POP3 conformance</p>
              <Headline text={view.sentence} />
              <Meta facts={[['When', instant(safeText(first?.doc.startedAt ?? '', 40))]]} />
            </div>
            <Postmark stamp={view.stamp} date={safeText(first?.doc.startedAt ?? '', 10).slice(0, 10)} />
          </div>
        </header>
        <main>
          <Servers view={view} />
          <section id="matrix">
            <h2>Cases by servers</h2>
            {folders.map((folder) => (
              <Folder folder={folder} servers={servers} told={told} rows={detail.rows} />
            ))}
          </section>
          {servers.map((server, index) => (
            <Findings server={server} told={told[index] ?? new Set()} detail={detail} />
          ))}
          <Definitions />
        </main>
        <footer>{`Made by popspec ${safeText(first?.doc.tool.version ?? '', 40)}. Passwords and tokens were masked before anything was recorded.`}</footer>
      </div>
    </>
  );
}

type Told = ReadonlySet<CaseResult>;

/** The findings of a server that the page has room for, worst first. */
function toldOf({ doc }: MatrixServer, room: number): Told {
  const found = doc.cases
    .filter(({ verdict }) => TOLD.has(verdict))
    .sort((a, b) => verdictOrder(a.verdict) - verdictOrder(b.verdict));
  return new Set(found.slice(0, room));
}

function Servers({ view: { servers, levels } }: { readonly view: MatrixView }): VNode {
  const verdicts = VERDICT_INFO.filter(({ verdict }) =>
    servers.some(({ counts }) => (counts.get(verdict) ?? 0) > 0),
  );
  return (
    <section id="servers">
      <h2>Servers</h2>
      <Scroll label="Servers">
        <table>
          <caption>Rules kept of those that came to a verdict, by level; and cases by verdict</caption>
          <thead>
            <tr>
              <th scope="col">server</th>
              <th scope="col" class="l">
                greeting
              </th>
              {levels.map((level) => (
                <th scope="col">{level}</th>
              ))}
              {verdicts.map(({ verdict }) => (
                <th scope="col">{verdict}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {servers.map((server) => (
              <tr>
                <th scope="row">
                  <a href={`#${anchorOf(`findings of ${server.name}`)}`}>{safeText(server.name, 60)}</a>
                </th>
                <td class="w">
                  <code>{printable(server.doc.target.greeting ?? '', 80)}</code>
                  {server.doc.problem !== undefined && ` ${safeText(server.doc.problem.message, 200)}`}
                </td>
                {levels.map((level) => {
                  const { kept = 0, judged = 0 } = server.byLevel.get(level) ?? {};
                  return (
                    <td class={judged === 0 ? 'dim' : kept < judged ? 'short' : ''}>
                      {judged === 0 ? '–' : `${count(kept)}/${count(judged)}`}
                    </td>
                  );
                })}
                {verdicts.map(({ verdict }) => (
                  <td>{count(server.counts.get(verdict) ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

interface Shared {
  readonly servers: readonly MatrixServer[];
  readonly told: readonly Told[];
  /** Whether each case has a row. */
  readonly rows: boolean;
}

function Folder({ folder, ...shared }: Shared & { readonly folder: MatrixFolder }): VNode {
  const all = folder.suites.flatMap((suite) => suite.rows);
  return (
    <details class="suite" open>
      <Summary name={folder.name} rows={all} servers={shared.servers} />
      <div class="rows">
        {folder.suites.map((suite) => (
          <SuiteTable suite={suite} {...shared} />
        ))}
      </div>
    </details>
  );
}

/** A name, and for each server what did not pass. */
function Summary(props: {
  readonly name: string;
  readonly rows: readonly MatrixRow[];
  readonly servers: readonly MatrixServer[];
}): VNode {
  const { name, rows, servers } = props;
  return (
    <summary>
      <h3>{safeText(name, 200)}</h3>
      <span class="n">
        {servers.map((server, column) => {
          const counts = countsOf(rows.map(({ results }) => results[column]));
          const [worst] = counts;
          return (
            <span class={`v ${worst?.[0] ?? 'pass'}`} data-s={verdictSign(worst?.[0] ?? 'pass')}>
              {`${safeText(server.name, 40)}${worst === undefined ? '' : ` ${worst[1]}`}`}
            </span>
          );
        })}
      </span>
    </summary>
  );
}

function SuiteTable({ suite, servers, told, rows }: Shared & { readonly suite: MatrixSuite }): VNode {
  const failing = suite.rows.some(({ results }) => results.some((result) => result?.verdict === 'fail'));
  const summary = <Summary name={suite.name} rows={suite.rows} servers={servers} />;
  if (!rows) {
    return (
      <details class="suite">
        {summary}
        <p>{`${plural(suite.rows.length, 'case')}: each stands in the JSON results, for which this page has no room.`}</p>
      </details>
    );
  }
  return (
    <details class="suite" open={failing}>
      {summary}
      <Scroll label={suite.name}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">case</th>
              {servers.map(({ name }) => (
                <th scope="col">{safeText(name, 40)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {suite.rows.map(({ id, title, results }) => (
              <tr>
                <th scope="row" title={safeText(id, 200)}>
                  {safeText(title, 300)}
                </th>
                {results.map((result, column) => (
                  <Cell
                    result={result}
                    server={servers[column]?.name ?? ''}
                    linked={result !== undefined && told[column]?.has(result) === true}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

function Cell(props: {
  readonly result: CaseResult | undefined;
  readonly server: string;
  readonly linked: boolean;
}): VNode {
  const { result, server, linked } = props;
  if (result === undefined) return <td class="dim">–</td>;
  const { verdict } = result;
  const mark = { class: `v ${verdict}`, 'data-s': verdictSign(verdict) };
  return (
    <td>
      {linked ? (
        <a {...mark} href={`#${anchorOf(`${server}/${result.id}`)}`}>
          {verdict}
        </a>
      ) : (
        <span {...mark} title={verdict === 'pass' ? undefined : caseReason(result)}>
          {verdict}
        </span>
      )}
    </td>
  );
}

function Findings(props: {
  readonly server: MatrixServer;
  readonly told: Told;
  readonly detail: Detail;
}): VNode {
  const { server, told, detail } = props;
  const { doc, name } = server;
  const context: CaseContext = { doc, clauses: clauseIndex(doc), detail, prefix: `${name}/` };
  return (
    <section id={anchorOf(`findings of ${name}`)}>
      <details class="suite" open>
        <summary>
          <h2>{`${safeText(name, 60)}: ${told.size === 0 ? 'no findings' : `findings (${count(told.size)})`}`}</h2>
        </summary>
        {[...told].map((result) => (
          <FindingCase result={result} context={context} />
        ))}
      </details>
    </section>
  );
}
