import type { VNode } from 'preact';
import type { Change, CheckComparison } from '../../check/comparison.js';
import { safeText } from '../escape.js';
import { count, plural } from '../format.js';
import { Scroll, VerdictMark } from './parts.js';

const HEADS: readonly (readonly [Change, string])[] = [
  ['new', 'New findings'],
  ['gone', 'Gone'],
  ['changed', 'Changed otherwise'],
];
/** Rows of a table: a page stays below a megabyte. */
const ROWS_MAX = 250;

/** What changed between two checks, by case and by clause. */
export function CompareCheck({ comparison }: { readonly comparison: CheckComparison }): VNode {
  const { cases, clauses, onlyIn } = comparison;
  return (
    <>
      <div id="differences">
        {cases.length === 0 && <h2>No case has another verdict</h2>}
        {HEADS.map(([change, head]) => (
          <Cases head={head} cases={cases.filter((one) => one.change === change)} />
        ))}
      </div>
      {clauses.length > 0 && <Clauses clauses={clauses} />}
      {(['base', 'new'] as const).map((side) => (
        <Alone side={side} cases={onlyIn[side]} />
      ))}
    </>
  );
}

function Cases({
  head,
  cases,
}: {
  readonly head: string;
  readonly cases: CheckComparison['cases'];
}): VNode | null {
  if (cases.length === 0) return null;
  return (
    <section>
      <h2>{`${head} (${count(cases.length)})`}</h2>
      <Scroll label={head}>
        <table>
          <thead>
            <tr>
              <th scope="col">case</th>
              <th scope="col" class="l">
                base
              </th>
              <th scope="col" class="l">
                new
              </th>
              <th scope="col" class="l">
                why
              </th>
            </tr>
          </thead>
          <tbody>
            {cases.slice(0, ROWS_MAX).map((one) => (
              <tr>
                <td class="w">
                  {safeText(one.title, 200)}
                  <br />
                  <code class="dim">{safeText(one.id, 200)}</code>
                </td>
                <td class="l">
                  <VerdictMark verdict={one.base} />
                </td>
                <td class="l">
                  <VerdictMark verdict={one.new} />
                </td>
                <td class="w">{one.change === 'gone' ? '' : safeText(one.reason ?? '', 300)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <More howMany={cases.length} what="case" />
    </section>
  );
}

const LOOKS = { kept: 'pass', warned: 'warn', broken: 'fail', 'not tested': 'blocked' } as const;
const SIGNS = { kept: '✓', warned: '!', broken: '✗', 'not tested': '–' } as const;

function Clauses({ clauses }: { readonly clauses: CheckComparison['clauses'] }): VNode {
  const order = HEADS.map(([change]) => change);
  const sorted = [...clauses].sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
  const mark = (standing: keyof typeof LOOKS) => (
    <span class={`v ${LOOKS[standing]}`} data-s={SIGNS[standing]}>
      {standing}
    </span>
  );
  return (
    <section id="clauses">
      <h2>{`By clause (${count(clauses.length)})`}</h2>
      <Scroll label="By clause">
        <table>
          <thead>
            <tr>
              <th scope="col">clause</th>
              <th scope="col" class="l">
                base
              </th>
              <th scope="col" class="l">
                new
              </th>
              <th scope="col" class="l">
                what it says
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, ROWS_MAX).map(({ id, rfc, section, text, base, new: now }) => (
              <tr>
                <th scope="row" title={safeText(id, 60)}>
                  {rfc === undefined ? safeText(id, 60) : `RFC ${rfc} §${safeText(section ?? '', 20)}`}
                </th>
                <td class="l">{mark(base)}</td>
                <td class="l">{mark(now)}</td>
                <td class="w">{safeText(text ?? '', 300)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <More howMany={clauses.length} what="clause" />
    </section>
  );
}

function Alone(props: {
  readonly side: 'base' | 'new';
  readonly cases: CheckComparison['onlyIn']['base'];
}): VNode | null {
  const { side, cases } = props;
  if (cases.length === 0) return null;
  return (
    <section id={`only-${side}`}>
      <details class="suite">
        <summary>
          <h2>{`${plural(cases.length, 'case')} in ${side} alone`}</h2>
        </summary>
        <ul>
          {cases.slice(0, ROWS_MAX).map(({ id, verdict }) => (
            <li>
              <VerdictMark verdict={verdict} /> <code>{safeText(id, 200)}</code>
            </li>
          ))}
        </ul>
        <More howMany={cases.length} what="case" />
      </details>
    </section>
  );
}

function More({ howMany, what }: { readonly howMany: number; readonly what: string }): VNode | null {
  return howMany > ROWS_MAX ? (
    <p>{`and ${plural(howMany - ROWS_MAX, `more ${what}`)}: they are in the JSON.`}</p>
  ) : null;
}
