import type { ComponentChildren, VNode } from 'preact';
import type { Comparison } from '../comparison/document.js';
import { ANSWERS, sentenceOf, stampOfAnswer } from '../comparison/view.js';
import { safeText } from '../escape.js';
import { instant } from '../format.js';
import { CompareCheck } from './compare-check.js';
import { CompareLoad } from './compare-load.js';
import { Headline, Meta, Postmark } from './parts.js';

/** The report of a comparison: the answer, what it rests on, and what must be known beside it. */
export function ComparePage({ comparison }: { readonly comparison: Comparison }): VNode {
  const when = startOf(comparison);
  return (
    <>
      <a class="skip" href="#differences">
        Skip to the differences
      </a>
      <div class="edge" />
      <div class="wrap">
        <header class="top">
          <div>
            <p class="kicker">{`popspec · comparison of ${comparison.of === 'load' ? 'load runs' : 'checks'}`}</p>
            <Headline text={sentenceOf(comparison)} />
            <Meta facts={factsOf(comparison)} />
          </div>
          <Postmark stamp={stampOfAnswer(comparison.answer)} date={safeText(when, 10).slice(0, 10)} />
        </header>
        <main>
          {comparison.of === 'load' ? (
            <CompareLoad comparison={comparison} />
          ) : (
            <CompareCheck comparison={comparison} />
          )}
          {comparison.notes.length > 0 && (
            <section id="notes">
              <h2>To know beside it</h2>
              <ul>
                {comparison.notes.map((note) => (
                  <li>{safeText(note, 600)}</li>
                ))}
              </ul>
            </section>
          )}
          {comparison.of === 'load' && <Meanings />}
        </main>
        <footer>{`Made by popspec ${safeText(comparison.tool.version, 40)}. Exit code ${comparison.exit.code}: ${safeText(comparison.exit.reason, 300)}.`}</footer>
      </div>
    </>
  );
}

function startOf(comparison: Comparison): string {
  return (comparison.of === 'load' ? comparison.new.runs[0]?.startedAt : comparison.new.startedAt) ?? '';
}

function factsOf(comparison: Comparison): (readonly [string, ComponentChildren])[] {
  const sides = (['base', 'new'] as const).map((side): readonly [string, ComponentChildren] => {
    const one = comparison.of === 'load' ? comparison[side].runs[0] : comparison[side];
    const runs = comparison.of === 'load' ? comparison[side].runs.length : 1;
    const from = `${instant(safeText(one?.startedAt ?? '', 40))}${runs > 1 ? `, ${runs} runs` : ''}`;
    return [
      side === 'base' ? 'Base' : 'New',
      <>
        <code>{safeText(one?.url ?? '', 200)}</code>
        {` ${from}`}
      </>,
    ];
  });
  if (comparison.of === 'check') return sides;
  return [...sides, ['Scenario', <code>{safeText(comparison.scenario.id, 100)}</code>]];
}

function Meanings(): VNode {
  return (
    <section id="answers">
      <h2>What the answers mean</h2>
      <dl class="defs">
        {Object.entries(ANSWERS).map(([answer, { sign, look, meaning }]) => (
          <>
            <dt>
              <span class={`v ${look}`} data-s={sign}>
                {answer}
              </span>
            </dt>
            <dd>{meaning}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
