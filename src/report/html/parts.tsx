import type { ComponentChildren, VNode } from 'preact';
import type { CaseResult } from '../../check/result.js';
import type { TraceEvent, Verdict } from '../../dialogue/outcome.js';
import { knownWords } from '../baseline-view.js';
import { safeText } from '../escape.js';
import { needsLabels, type TranscriptBounds, transcriptLines } from '../transcript.js';
import { type Stamp, verdictSign } from '../verdicts.js';

/** Of one dialogue; longer ones are read in their file. */
const DIALOGUE_MAX = 6_000;

/** A verdict by sign and word, in its colour. */
export function VerdictMark({ verdict }: { readonly verdict: Verdict }): VNode {
  return (
    <span class={`v ${verdict}`} data-s={verdictSign(verdict)}>
      {verdict}
    </span>
  );
}

/** Beside the verdict of a case whose finding the baseline expects. */
export function KnownBadge({ result }: { readonly result: CaseResult }): VNode | null {
  return result.known === undefined ? null : <span class="known">known</span>;
}

/** Why a finding is put up with, and until when. */
export function KnownNote({ result }: { readonly result: CaseResult }): VNode | null {
  const words = knownWords(result);
  return words === undefined ? null : <p class="sub">{`Known by the baseline ${words}`}</p>;
}

/** The postmark at the top: the verdict of the run at first sight. */
export function Postmark({ stamp, date }: { readonly stamp: Stamp; readonly date: string }): VNode {
  const size = Math.min(27, Math.round(176 / (stamp.word.length * 0.78)));
  const waves = [-27, -9, 9, 27].map((y) => `M-150 ${y}q9.5 -9 19 0t19 0t19 0t19 0`).join('');
  return (
    <div class="stamp">
      <svg viewBox="-148 -84 236 168" role="img" aria-label={`Verdict: ${stamp.word}`}>
        <g transform="rotate(-9)" fill="none" stroke="currentColor">
          <path d={waves} stroke-width="2.5" stroke-linecap="round" />
          <circle r="78" cx="4" stroke-width="3.5" />
          <circle r="71" cx="4" stroke-width="1" />
          <path d="M-64 -22h136M-64 20h136" stroke-width="1.5" />
        </g>
        <g transform="rotate(-9)" fill="currentColor" text-anchor="middle" font-family="var(--mono)">
          <text x="4" y="-36" font-size="14" letter-spacing="3">
            POPSPEC
          </text>
          <text x="4" y={size * 0.35 - 1} font-size={size} font-weight="700">
            {stamp.word}
          </text>
          <text x="4" y="43" font-size="14">
            {date}
          </text>
        </g>
      </svg>
    </div>
  );
}

/** Characters from which on a headline is set smaller: two lines on a wide screen. */
const HEADLINE_LONG = 90;

/** The verdict of the run in one sentence. */
export function Headline({ text }: { readonly text: string }): VNode {
  return <h1 class={text.length > HEADLINE_LONG ? 'long' : ''}>{text.replaceAll('RFC ', 'RFC\u00a0')}</h1>;
}

/** Facts about the run, those that are not known left out. */
export function Meta({
  facts,
}: {
  readonly facts: readonly (readonly [string, ComponentChildren])[];
}): VNode {
  return (
    <dl class="meta">
      {facts
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A table that scrolls by itself on a narrow screen; the region can be focused for the keyboard. */
export function Scroll({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** What was said on the wire, a line each: time in milliseconds, who, what. Of a page it is the most: its markup is short. */
export function Transcript(props: {
  readonly events: readonly TraceEvent[];
  readonly bounds: TranscriptBounds;
  readonly marked?: number | undefined;
}): VNode {
  const labels = needsLabels(props.events);
  return (
    <div class="t">
      {transcriptLines(props.events, props.bounds, props.marked).map((line) => {
        const label = labels && line.connection !== '' ? `${safeText(line.connection, 4)} ` : '';
        const who = `${label}${line.side === '*' ? '·' : `${line.side}:`} `;
        const kinds = [
          line.side === '*' ? 'X' : line.side,
          line.marked && 'm',
          line.side !== '*' && !line.crlf && 'n',
        ];
        return (
          <p class={kinds.filter((kind) => kind && kind !== 'S').join(' ') || undefined}>
            <i>{line.atUs === null ? '' : (line.atUs / 1_000).toFixed(1)}</i>
            {line.octets === undefined ? (
              who + line.text
            ) : (
              <>
                {who}
                <span class="u">{line.text}</span>
                <span class="o">{line.octets}</span>
              </>
            )}
          </p>
        );
      })}
    </div>
  );
}

/** The dialogue as written, the lines that found something marked, by their numbers from 0. */
export function Dialogue({
  source,
  judged = NONE,
}: {
  readonly source: string;
  readonly judged?: ReadonlySet<number>;
}): VNode {
  const lines = source
    .slice(0, DIALOGUE_MAX)
    .trimEnd()
    .split('\n')
    .map((line) => safeText(line));
  return (
    <code class="box">
      {judged.size === 0
        ? lines.join('\n')
        : lines.map((line, index) =>
            judged.has(index) ? <mark>{line}</mark> : <span>{line === '' ? ' ' : line}</span>,
          )}
    </code>
  );
}

const NONE: ReadonlySet<number> = new Set();
