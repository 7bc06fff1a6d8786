import type { VNode } from 'preact';
import type { CheckResult } from '../../check/result.js';
import type { CheckView, RfcRow, Tally } from '../check-view.js';
import { safeText } from '../escape.js';
import { count, percent } from '../format.js';
import { VERDICT_INFO } from '../verdicts.js';
import { Scroll } from './parts.js';

/** How the verdicts share the cases. The counts stand above it, so it says nothing of its own to a reader of text. */
export function VerdictBar({ view, total }: { readonly view: CheckView; readonly total: number }): VNode {
  let x = 0;
  return (
    <svg class="bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
      {VERDICT_INFO.map(({ verdict }) => {
        const width = ((view.counts.get(verdict) ?? 0) / total) * 1_000;
        const at = x;
        x += width;
        return width === 0 ? null : (
          <rect
            class={verdict}
            x={at.toFixed(1)}
            width={Math.max(width - 2, 1).toFixed(1)}
            height="12"
            fill="var(--v)"
          />
        );
      })}
    </svg>
  );
}

type Coverage = CheckResult['coverage'][number];

/** For each RFC: how many of the tested cases kept the rule, by level, and how much of the RFC the suites test at all. */
export function RfcTable({ view, doc }: { readonly view: CheckView; readonly doc: CheckResult }): VNode {
  const covered = new Map(doc.coverage.map((row) => [row.rfc, row]));
  const results = new Map(view.rfcs.map((row) => [row.rfc, row]));
  const rfcs = [...new Set([...covered.keys(), ...results.keys()])].sort(
    (a, b) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY),
  );
  const undecided = view.rfcs.some((row) => row.undecided > 0);
  return (
    <section id="rfcs">
      <h2>Rules kept, and clauses covered</h2>
      <Scroll label="By RFC: rules kept by level, and clauses covered">
        <table>
          <caption>
            Cases that kept the rule, of those that were tested, by level; and of the clauses that bind a
            server those that the suites test and those of which the register says why the wire cannot show
            them
          </caption>
          <thead>
            <tr>
              <th scope="col">RFC</th>
              {view.levels.map((level) => (
                <th scope="col">{level}</th>
              ))}
              {undecided && <th scope="col">undecided</th>}
              <th scope="col">not run</th>
              <th scope="col">clauses</th>
              <th scope="col">tested</th>
              <th scope="col">reasoned</th>
              <th scope="col" class="l">
                covered
              </th>
            </tr>
          </thead>
          <tbody>
            {rfcs.map((rfc) => (
              <RfcLine
                rfc={rfc}
                levels={view.levels}
                undecided={undecided}
                row={results.get(rfc)}
                coverage={rfc === null ? undefined : covered.get(rfc)}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function RfcLine(props: {
  readonly rfc: number | null;
  readonly levels: CheckView['levels'];
  /** Whether there is a column for them. */
  readonly undecided: boolean;
  readonly row: RfcRow | undefined;
  readonly coverage: Coverage | undefined;
}): VNode {
  const { rfc, levels, undecided, row, coverage } = props;
  return (
    <tr>
      <th scope="row">
        {rfc === null ? 'other' : `RFC ${rfc}`}{' '}
        {coverage !== undefined && (
          <span class="dim" title={safeText(coverage.title, 160)}>
            {safeText(coverage.title, 160)}
          </span>
        )}
      </th>
      {levels.map((level) => (
        <TallyCell tally={row?.byLevel.get(level)} />
      ))}
      {undecided && <NumberCell value={row?.undecided ?? 0} />}
      <NumberCell value={row?.notRun ?? 0} />
      <NumberCell value={coverage?.binding ?? 0} />
      <NumberCell value={coverage?.tested ?? 0} />
      <NumberCell value={coverage?.notOnWire ?? 0} />
      <td class="l">{coverage !== undefined && <CoverageBar coverage={coverage} />}</td>
    </tr>
  );
}

function NumberCell({ value }: { readonly value: number }): VNode {
  return value === 0 ? <td class="dim">–</td> : <td>{count(value)}</td>;
}

/** Kept of judged; what is short of all stands out by more than its colour. */
export function TallyCell({ tally }: { readonly tally: Tally | undefined }): VNode {
  if (tally === undefined || tally.judged === 0) return <td class="dim">–</td>;
  const text = `${count(tally.kept)}/${count(tally.judged)}`;
  return tally.kept === tally.judged ? <td>{text}</td> : <td class="short">{text}</td>;
}

function CoverageBar({ coverage: { binding, tested, notOnWire } }: { readonly coverage: Coverage }): VNode {
  const part = (clauses: number) => (binding === 0 ? 0 : Math.min(100, (clauses / binding) * 100));
  return (
    <svg
      class="cov"
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      role="img"
      aria-label={percent(tested + notOnWire, binding)}
    >
      <rect width="100" height="10" fill="var(--rule)" />
      <rect width={part(tested + notOnWire).toFixed(1)} height="10" fill="var(--soft)" />
      <rect width={part(tested).toFixed(1)} height="10" fill="var(--link)" />
    </svg>
  );
}
