import type { VNode } from 'preact';
import type { LoadResult } from '../../load/result.js';
import { safeText } from '../escape.js';
import { instant } from '../format.js';
import { viewBase } from '../load-base.js';
import { Scroll } from './parts.js';

/** The figures of an earlier run beside those of this one, and what else was not the same. */
export function Base(props: {
  readonly doc: LoadResult;
  readonly base: LoadResult | undefined;
}): VNode | null {
  const { doc, base } = props;
  if (base === undefined) return null;
  const { rows, differences, invalid } = viewBase(doc, base);
  return (
    <section id="base">
      <h2>Beside the base run</h2>
      <p>
        {`The base is the run of ${instant(safeText(base.startedAt, 40))}, thin and grey in the charts. One run beside another does not say what is chance: popspec compare does.`}
      </p>
      {invalid !== undefined && <p class="hint">{`The base is no measure: ${invalid}.`}</p>}
      {differences.length > 0 && (
        <>
          <p>What else was not the same:</p>
          <ul>
            {differences.map(([name, before, now]) => (
              <li>
                <b>{`${name}: `}</b>
                {`${before} in the base, ${now} here`}
              </li>
            ))}
          </ul>
        </>
      )}
      <Scroll label="Figures of both runs">
        <table class="slim">
          <thead>
            <tr>
              <td />
              <th scope="col">base</th>
              <th scope="col">this run</th>
              <th scope="col">change</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, base: before, now, change }) => (
              <tr>
                <th scope="row">{name}</th>
                <td>{before}</td>
                <td>{now}</td>
                <td>{change}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
