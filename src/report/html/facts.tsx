import type { ComponentChildren, VNode } from 'preact';
import type { CaseResult, CheckResult } from '../../check/result.js';
import type { Finding } from '../../dialogue/outcome.js';
import { alternativesOf, evidenceOf, lastSent } from '../check-view.js';
import { printable, safeText } from '../escape.js';
import { milliseconds, plural } from '../format.js';
import { causeWords } from '../verdicts.js';
import { anchorOf } from './anchor.js';
import { VerdictMark } from './parts.js';

/** Octets of one field; the transcript below holds more. */
export const FIELD_MAX = 400;
/** Alternatives and values of one finding. */
const LINES_SHOWN = 6;

/** A finding: the line that found it, what was sent, what would have been right, what came, and why waiting ended. */
export function FindingFacts(props: {
  readonly finding: Finding;
  readonly result: CaseResult;
  readonly doc: CheckResult;
  /** What the anchor of another case has in front of its id; undefined where the page has none for each case. */
  readonly prefix: string | undefined;
  /** What was found stands in the heading already. */
  readonly titled?: boolean;
  /** Findings of one invariant, one for each dialogue that it was seen in; `finding` is the first of them. */
  readonly seen?: readonly Finding[];
}): VNode {
  const { finding, result, doc, prefix, titled = false, seen = [] } = props;
  const { transcript } = evidenceOf(finding, result, doc);
  const sent = lastSent(transcript, finding.event)?.replace(/\r\n$/, '');
  const waited = finding.waitedMs === undefined ? '' : ` after ${milliseconds(finding.waitedMs)}`;
  const expected = alternativesOf(finding);
  const alternatives = expected.length - LINES_SHOWN;
  return (
    <div class={finding.verdict}>
      {!titled && (
        <p class="reason">
          {finding.verdict !== result.verdict && <VerdictMark verdict={finding.verdict} />}
          {`${finding.verdict === result.verdict ? '' : ' '}${safeText(finding.reason, FIELD_MAX)}`}
        </p>
      )}
      <dl class="facts">
        <Fact name="At">
          <code>{printable(finding.source.trim(), FIELD_MAX)}</code>{' '}
          <span class="dim">{safeText(finding.place, 200)}</span>
        </Fact>
        {sent !== undefined && (
          <Fact name="Sent">
            <code>{printable(sent, FIELD_MAX)}</code>
          </Fact>
        )}
        {expected.length > 0 && (
          <Fact name="Expected">
            {expected.slice(0, LINES_SHOWN).map((line, index) => (
              <>
                {index > 0 && <span class="dim">{' or '}</span>}
                <code>{printable(line, FIELD_MAX)}</code>
              </>
            ))}
            {alternatives > 0 && ` and ${plural(alternatives, 'more alternative')}`}
          </Fact>
        )}
        {finding.actual !== '' && (
          <Fact name="Got" kind="got">
            <code>{printable(finding.actual, FIELD_MAX)}</code>
          </Fact>
        )}
        <Fact name="Ended because">{`${causeWords(finding.cause)}${waited}`}</Fact>
        {(finding.values ?? []).slice(0, LINES_SHOWN).map(({ expression, value }) => (
          <Fact name="Value">
            <code>{`${printable(expression, FIELD_MAX)} = ${printable(value, FIELD_MAX)}`}</code>
          </Fact>
        ))}
        {seen.length > 0 && (
          <Fact name="Seen in">
            <ul class="seen">
              {seen.map(({ witness = '', actual }) => (
                <li>
                  {prefix === undefined ? (
                    safeText(witness, 200)
                  ) : (
                    <a href={`#${anchorOf(prefix + witness)}`}>{safeText(witness, 200)}</a>
                  )}{' '}
                  <code>{printable(actual, 120)}</code>
                </li>
              ))}
            </ul>
          </Fact>
        )}
      </dl>
    </div>
  );
}

function Fact(props: {
  readonly name: string;
  readonly kind?: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <>
      <dt>{props.name}</dt>
      <dd class={props.kind}>{props.children}</dd>
    </>
  );
}
