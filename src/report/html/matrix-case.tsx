import type { VNode } from 'preact';
import type { CaseResult, ClauseInfo } from '../../check/result.js';
import { judgedLines } from '../check-view.js';
import { safeText } from '../escape.js';
import { type MatrixRow, type MatrixServer, tellsApart } from '../matrix-view.js';
import { rerunPrefix } from '../rerun.js';
import { verdictOrder } from '../verdicts.js';
import { aboutRun, CaseBody, CaseFrame, Citation } from './case.js';
import { filterKeys } from './choices.js';
import type { Detail } from './detail.js';
import { cameOf } from './findings.js';
import { Dialogue, KnownBadge, VerdictMark } from './parts.js';

/** Verdicts that are told in full below the matrix: their cells are links. */
const TOLD: ReadonlySet<CaseResult['verdict']> = new Set(['fail', 'error', 'warn', 'inconclusive', 'info']);

/** The results that the page has room for, on all servers together, worst first. */
export function toldOf(servers: readonly MatrixServer[], room: number): ReadonlySet<CaseResult> {
  const found = servers
    .flatMap(({ doc }) => doc.cases.filter(({ verdict }) => TOLD.has(verdict)))
    .sort((a, b) => verdictOrder(a.verdict) - verdictOrder(b.verdict));
  return new Set(found.slice(0, room));
}

/** A case that found something: once what it asks and why, then what each server did. */
export function MatrixCase(props: {
  readonly row: MatrixRow;
  readonly servers: readonly MatrixServer[];
  readonly told: ReadonlySet<CaseResult>;
  readonly clauses: ReadonlyMap<string, ClauseInfo>;
  readonly detail: Detail;
}): VNode | null {
  const { row, servers, told, clauses, detail } = props;
  const results = row.results.flatMap((result, column) => {
    const server = servers[column];
    return result === undefined || server === undefined || !told.has(result) ? [] : [{ result, server }];
  });
  const worst = [...results].sort((a, b) => verdictOrder(a.result.verdict) - verdictOrder(b.result.verdict));
  const [lead] = worst;
  if (lead === undefined) return null;
  const context = { clauses, detail, linked: false };
  const shown = results.map(({ result }) => result);
  return (
    <details
      class={`card ${lead.result.verdict}`}
      data-k={`${filterKeys(shown, clauses)} ${tellsApart(row) ? 'apart' : 'alike'}`}
      data-id={safeText(row.id, 200)}
    >
      <summary>
        <h3>
          <VerdictMark verdict={lead.result.verdict} /> <span class="ti">{safeText(row.title, 300)}</span>
          <span class="tally">{results.map(({ server }) => safeText(server.name, 40)).join(', ')}</span>
        </h3>
      </summary>
      <p class="sub">
        <code>{safeText(row.id, 200)}</code>
        {` · ${lead.result.level} · ${safeText(lead.result.place, 200)}`}
      </p>
      <Citation result={lead.result} context={{ ...context, doc: lead.server.doc, prefix: '' }} />
      <details>
        <summary>Dialogue</summary>
        <Dialogue
          source={lead.result.dialogue}
          judged={new Set(shown.flatMap((result) => [...judgedLines(result)]))}
        />
      </details>
      {results.map(({ result, server }) => (
        <details
          class="wit"
          data-run={safeText(rerunPrefix(server.doc), 800)}
          data-about={aboutRun(server.doc)}
        >
          <summary>
            <b>{safeText(server.name, 60)}</b> <VerdictMark verdict={result.verdict} />{' '}
            <KnownBadge result={result} /> <code>{cameOf(result)}</code>
          </summary>
          <CaseFrame result={result} context={{ ...context, doc: server.doc, prefix: `${server.name}/` }}>
            <CaseBody
              result={result}
              context={{ ...context, doc: server.doc, prefix: `${server.name}/` }}
              like={lead.result}
            />
          </CaseFrame>
        </details>
      ))}
    </details>
  );
}
