import type { VNode } from 'preact';
import type { ClauseInfo } from '../../check/result.js';
import { clauseIndex } from '../check-view.js';
import { printable, safeText } from '../escape.js';
import { count, instant, plural } from '../format.js';
import type { MatrixView } from '../matrix-view.js';
import { VERDICT_INFO } from '../verdicts.js';
import { Definitions } from './check-page.js';
import { TallyCell } from './check-summary.js';
import { caseChoices } from './choices.js';
import type { Detail } from './detail.js';
import { MatrixCase, toldOf } from './matrix-case.js';
import { MatrixTable } from './matrix-table.js';
import { Headline, Meta, Postmark, Scroll } from './parts.js';
import { BytesSwitch, type Choice, Tools } from './tools.js';

/** Several checks side by side: what each server keeps, case by case, and every finding in full. */
export function MatrixPage({ view, detail }: { readonly view: MatrixView; readonly detail: Detail }): VNode {
  const { servers, folders } = view;
  const [first] = servers;
  const told = toldOf(servers, detail.findings);
  const clauses = new Map<string, ClauseInfo>(servers.flatMap(({ doc }) => [...clauseIndex(doc)]));
  const rows = folders.flatMap(({ suites }) => suites.flatMap((suite) => suite.rows));
  const shown = rows.filter(({ results }) =>
    results.some((result) => result !== undefined && told.has(result)),
  );
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
          <Tools choices={[...caseChoices(servers.map(({ doc }) => doc)), APART]}>
            <BytesSwitch />
          </Tools>
          <section id="matrix">
            <h2>Cases by servers</h2>
            <ul class="key" aria-label="Signs">
              {VERDICT_INFO.filter(({ verdict }) => (view.counts.get(verdict) ?? 0) > 0).map(
                ({ verdict, sign }) => (
                  <li>
                    <span class={verdict}>
                      <b class="sign">{sign}</b> {verdict}
                    </span>
                  </li>
                ),
              )}
              <li>A sign with a line below leads to the case on that server.</li>
            </ul>
            <MatrixTable view={view} told={told} clauses={clauses} detail={detail} />
          </section>
          <section id="findings" data-group>
            <h2>{shown.length === 0 ? 'No findings' : `Findings (${plural(shown.length, 'case')})`}</h2>
            {shown.map((row) => (
              <MatrixCase row={row} servers={servers} told={told} clauses={clauses} detail={detail} />
            ))}
          </section>
          <Definitions />
        </main>
        <footer>{`Made by popspec ${safeText(first?.doc.tool.version ?? '', 40)}. Passwords and tokens were masked before anything was recorded.`}</footer>
      </div>
    </>
  );
}

/** What tells the servers apart is the first thing that a reader of a matrix looks for. */
const APART: Choice = {
  name: 'servers',
  any: 'alike or not',
  values: [
    ['apart', 'differ'],
    ['alike', 'are alike'],
  ],
};

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
            {servers.map(({ name, doc, page, counts, byLevel }) => (
              <tr>
                <th scope="row">
                  {page === undefined ? (
                    safeText(name, 60)
                  ) : (
                    <a href={encodeURI(page)}>{safeText(name, 60)}</a>
                  )}
                </th>
                <td class="w">
                  <code>{printable(doc.target.greeting ?? '', 80)}</code>
                  {doc.problem !== undefined && ` ${safeText(doc.problem.message, 200)}`}
                </td>
                {levels.map((level) => (
                  <TallyCell tally={byLevel.get(level)} />
                ))}
                {verdicts.map(({ verdict }) => (
                  <td>{count(counts.get(verdict) ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
