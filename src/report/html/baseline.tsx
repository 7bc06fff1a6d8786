import type { VNode } from 'preact';
import type { CheckResult } from '../../check/result.js';
import { knownWords, viewBaseline } from '../baseline-view.js';
import { safeText } from '../escape.js';
import { plural } from '../format.js';
import { anchorOf } from './anchor.js';

/** What the baseline came to: what is to be deleted or renewed first, then what is known. */
export function BaselineSection({ doc }: { readonly doc: CheckResult }): VNode | null {
  const view = viewBaseline(doc);
  if (view === undefined) return null;
  const { file, demands, known, notRun } = view;
  return (
    <section id="baseline">
      <h2>Baseline</h2>
      <p>
        <code>{file}</code>
        {`: ${plural(known.length, 'finding')} known, ${plural(demands.length, 'entry', 'entries')} to settle${notRun > 0 ? `, ${notRun} about cases that were not run` : ''}.`}
      </p>
      {demands.length > 0 && (
        <ul>
          {demands.map(({ entry, text }) => (
            <li>
              <span class="v fail" data-s="✗">
                {entry.state}
              </span>{' '}
              {text}
            </li>
          ))}
        </ul>
      )}
      {known.length > 0 && (
        <ul>
          {known.map((result) => (
            <li>
              <a href={`#${anchorOf(result.id)}`}>
                <code>{safeText(result.id, 200)}</code>
              </a>
              {` ${result.verdict}, ${knownWords(result)}`}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
