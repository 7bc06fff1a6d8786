import type { VNode } from 'preact';
import type { CheckResult } from '../../check/result.js';
import type { CheckView, Tally } from '../check-view.js';
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

/** For each RFC and level: how many of the tested cases kept the rule. */
export function LevelTable({ view }: { readonly view: CheckView }): VNode {
  return (
    <div>
      <h2>By RFC and level</h2>
      <Scroll label="Cases by RFC and level">
        <table>
          <caption>Cases that kept the rule, of those that were tested</caption>
          <thead>
            <tr>
              <th scope="col">RFC</th>
              {view.levels.map((level) => (
                <th scope="col">{level}</th>
              ))}
              <th scope="col">undecided</th>
              <th scope="col">not run</th>
            </tr>
          </thead>
          <tbody>
            {view.rfcs.map((row) => (
              <tr>
                <th scope="row">{row.rfc === null ? 'other' : `RFC ${row.rfc}`}</th>
                {view.levels.map((level) => (
                  <TallyCell tally={row.byLevel.get(level)} />
                ))}
                <td class={row.undecided === 0 ? 'dim' : ''}>
                  {row.undecided === 0 ? '–' : count(row.undecided)}
                </td>
                <td class="dim">{row.notRun === 0 ? '–' : count(row.notRun)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}

function TallyCell({ tally }: { readonly tally: Tally | undefined }): VNode {
  if (tally === undefined || tally.judged === 0) return <td class="dim">–</td>;
  const text = `${count(tally.kept)}/${count(tally.judged)}`;
  return tally.kept === tally.judged ? <td>{text}</td> : <td class="short">{text}</td>;
}

/** How much of each RFC the suites test at all. */
export function CoverageTable({ doc }: { readonly doc: CheckResult }): VNode {
  return (
    <div>
      <h2>Clause coverage</h2>
      <Scroll label="Clause coverage by RFC">
        <table>
          <caption>
            Clauses that bind a server, how many of them the suites test, and for how many the register gives
            the reason why the wire cannot show them
          </caption>
          <thead>
            <tr>
              <th scope="col">RFC</th>
              <th scope="col">binding</th>
              <th scope="col">tested</th>
              <th scope="col">reasoned</th>
              <th scope="col" class="l">
                tested or reasoned
              </th>
            </tr>
          </thead>
          <tbody>
            {doc.coverage.map(({ rfc, title, binding, tested, notOnWire }) => {
              const covered = tested + notOnWire;
              const share = binding === 0 ? 0 : Math.min(1, covered / binding);
              return (
                <tr>
                  <th scope="row">
                    {`RFC ${rfc}`} <span class="dim">{safeText(title, 160)}</span>
                  </th>
                  <td>{count(binding)}</td>
                  <td>{count(tested)}</td>
                  <td>{count(notOnWire)}</td>
                  <td class="l">
                    <svg
                      class="cov"
                      viewBox="0 0 100 10"
                      preserveAspectRatio="none"
                      role="img"
                      aria-label={percent(covered, binding)}
                    >
                      <rect width="100" height="10" fill="var(--rule)" />
                      <rect width={(share * 100).toFixed(1)} height="10" fill="var(--link)" />
                    </svg>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}
