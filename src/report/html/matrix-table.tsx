import type { VNode } from 'preact';
import type { CaseResult, ClauseInfo } from '../../check/result.js';
import { safeText } from '../escape.js';
import { count, plural } from '../format.js';
import {
  countsOf,
  type MatrixFolder,
  type MatrixRow,
  type MatrixServer,
  type MatrixSuite,
  type MatrixView,
  tellsApart,
} from '../matrix-view.js';
import { verdictSign } from '../verdicts.js';
import { anchorOf } from './anchor.js';
import { filterKeys } from './choices.js';
import type { Detail } from './detail.js';

/** Servers from which on their names stand upright and a cell shows the sign alone. */
const MANY = 7;

interface Shared {
  readonly view: MatrixView;
  /** The results that are told in full below: their cells are links. */
  readonly told: ReadonlySet<CaseResult>;
  readonly clauses: ReadonlyMap<string, ClauseInfo>;
  readonly detail: Detail;
}

/**
 * Cases by servers, folded by RFC and command, in columns that go through from the names at the top to the last case. It
 * scrolls by itself, with names and titles standing still.
 */
export function MatrixTable(props: Shared): VNode {
  const { servers, levels, folders } = props.view;
  return (
    <section
      class={servers.length < MANY ? 'mx few' : 'mx many'}
      aria-label="Cases by servers"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <table class="mxh">
        <thead>
          <tr>
            <th scope="col">level</th>
            {servers.map(({ name }) => (
              <th scope="col">
                <span>{safeText(name, 40)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {levels.map((level) => (
            <tr>
              <th scope="row">{level}</th>
              {servers.map(({ byLevel }) => {
                const { kept = 0, judged = 0 } = byLevel.get(level) ?? {};
                const text = judged === 0 ? '–' : `${count(kept)}/${count(judged)}`;
                return <td class={judged === 0 ? 'dim' : kept < judged ? 'short' : ''}>{text}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {folders.map((folder) => (
        <Folder folder={folder} {...props} />
      ))}
    </section>
  );
}

function Folder({ folder, ...shared }: Shared & { readonly folder: MatrixFolder }): VNode {
  const rows = folder.suites.flatMap((suite) => suite.rows);
  return (
    <details class="suite" open>
      <Summary name={folder.name} rows={rows} servers={shared.view.servers} />
      {folder.suites.map((suite) => (
        <SuiteTable suite={suite} {...shared} />
      ))}
    </details>
  );
}

/** A name, and for each server the worst of what did not pass, and how often. */
function Summary(props: {
  readonly name: string;
  readonly rows: readonly MatrixRow[];
  readonly servers: readonly MatrixServer[];
}): VNode {
  const { name, rows, servers } = props;
  return (
    <summary>
      <h3>{safeText(name, 200)}</h3>
      {servers.map((server, column) => {
        const [worst] = countsOf(rows.map(({ results }) => results[column]));
        const [verdict, cases] = worst ?? ['pass' as const, 0];
        return (
          <span class={verdict}>
            <span class="vh">{`${safeText(server.name, 40)}: `}</span>
            <b class="sign">{verdictSign(verdict)}</b>
            {cases > 0 && ` ${count(cases)}`}
            <span class="vh">{` ${verdict}`}</span>
          </span>
        );
      })}
    </summary>
  );
}

function SuiteTable({ suite, ...shared }: Shared & { readonly suite: MatrixSuite }): VNode {
  const { view, detail } = shared;
  const failing = suite.rows.some(({ results }) => results.some((result) => result?.verdict === 'fail'));
  return (
    <details class="suite" open={failing && detail.rows !== 'none'}>
      <Summary name={suite.name} rows={suite.rows} servers={view.servers} />
      {detail.rows !== 'none' ? (
        <table>
          <thead class="hd">
            <tr>
              <th scope="col">case</th>
              {view.servers.map(({ name }) => (
                <th scope="col">{safeText(name, 40)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {suite.rows.map((row) => (
              <Row row={row} {...shared} />
            ))}
          </tbody>
        </table>
      ) : (
        <p>{`${plural(suite.rows.length, 'case')}: each stands in the JSON results, for which this page has no room.`}</p>
      )}
    </details>
  );
}

function Row({ row, view, told, clauses, detail }: Shared & { readonly row: MatrixRow }): VNode {
  const { id, title, results } = row;
  const known = results.filter((result) => result !== undefined);
  return (
    <tr
      data-k={`${filterKeys(known, clauses)} ${tellsApart(row) ? 'apart' : 'alike'}`}
      data-id={safeText(id, 200)}
    >
      <th scope="row">{safeText(title, 300)}</th>
      {results.map((result, column) => (
        <Cell result={result} server={view.servers[column]} told={told} linked={detail.links} />
      ))}
    </tr>
  );
}

/** A verdict as its sign; the style sheet puts the word behind it where there is room. */
function Cell(props: {
  readonly result: CaseResult | undefined;
  readonly server: MatrixServer | undefined;
  readonly told: ReadonlySet<CaseResult>;
  /** Cases that this page does not tell lead to the server's own report. */
  readonly linked: boolean;
}): VNode {
  const { result, server, told, linked } = props;
  if (result === undefined || server === undefined) return <td class="dim">·</td>;
  const sign = verdictSign(result.verdict);
  const target = told.has(result)
    ? `#${anchorOf(`${server.name}/${result.id}`)}`
    : linked && server.page !== undefined
      ? `${encodeURI(server.page)}#${anchorOf(result.id)}`
      : undefined;
  // Most cells are passes: those do without a class, so that twenty servers fit into the page.
  const kind = result.verdict === 'pass' ? undefined : result.verdict;
  return <td class={kind}>{target === undefined ? sign : <a href={target}>{sign}</a>}</td>;
}
