import type { VNode } from 'preact';
import type { CaseResult, CheckResult, ClauseInfo } from '../../check/result.js';
import type { Finding } from '../../dialogue/outcome.js';
import { alternativesOf, caseLabels, caseReason, clauseLabel, evidenceOf, lastSent } from '../check-view.js';
import { hexDump, printable, safeText } from '../escape.js';
import { milliseconds, plural } from '../format.js';
import { causeWords } from '../verdicts.js';
import type { Detail } from './detail.js';
import { Dialogue, KnownBadge, KnownNote, Transcript, VerdictMark } from './parts.js';

/** Findings of one case that are told in full. */
const FINDINGS_SHOWN = 5;
/** Octets of one field; the transcript below holds more. */
const FIELD_MAX = 400;
/** Alternatives and values of one finding. */
const LINES_SHOWN = 6;

/** What every case on a page shares. */
export interface CaseContext {
  readonly doc: CheckResult;
  readonly clauses: ReadonlyMap<string, ClauseInfo>;
  readonly detail: Detail;
  /** In front of the anchors, where several checks stand on one page. */
  readonly prefix: string;
}

/** The anchor of a case: its id, kept to what an address can hold. */
export function anchorOf(id: string): string {
  return safeText(id, 200).replace(/[^\w./-]/g, '_');
}

/** RFC of a case for the filter. */
export function rfcOf(result: CaseResult, { clauses }: CaseContext): string {
  const known = result.clauses.map((id) => clauses.get(id)).find((clause) => clause !== undefined);
  return known === undefined ? 'other' : String(known.rfc);
}

/** A case with findings, with all that is needed to believe them. */
export function FindingCase({
  result,
  context,
}: {
  readonly result: CaseResult;
  readonly context: CaseContext;
}): VNode {
  const { doc, detail } = context;
  const proof = result.findings.find((finding) => finding.event !== undefined) ?? result.findings[0];
  const evidence = proof === undefined ? undefined : evidenceOf(proof, result, doc);
  const transcript = evidence?.transcript ?? result.transcript;
  const octets = proof?.event === undefined ? undefined : transcript[proof.event];
  const rest = result.findings.length - FINDINGS_SHOWN;
  return (
    <article
      class={`card ${result.verdict}`}
      id={anchorOf(context.prefix + result.id)}
      data-v={result.verdict}
      data-r={rfcOf(result, context)}
      data-id={safeText(result.id, 200)}
    >
      <h3>
        <VerdictMark verdict={result.verdict} />
        <KnownBadge result={result} />
        <span>{safeText(result.title, 300)}</span>
      </h3>
      <CaseLine result={result} prefix={context.prefix} />
      <KnownNote result={result} />
      <Clauses result={result} context={context} />
      {result.findings.length === 0 && <p class="reason">{caseReason(result)}</p>}
      {result.findings.slice(0, FINDINGS_SHOWN).map((finding) => (
        <FindingFacts finding={finding} result={result} doc={doc} />
      ))}
      {rest > 0 && <p>{`and ${plural(rest, 'more finding')} in this case`}</p>}
      <div class="proof">
        <details open>
          <summary>Dialogue</summary>
          <Dialogue
            source={result.dialogue}
            judged={new Set(result.findings.map(({ source }) => safeText(source.trim())))}
          />
        </details>
        {transcript.length > 0 && (
          <details open>
            <summary>
              {evidence?.witness === undefined
                ? 'Transcript'
                : `Transcript of ${safeText(evidence.witness.id, 200)}`}
            </summary>
            <Transcript events={transcript} bounds={detail.findingTranscript} marked={proof?.event} />
          </details>
        )}
      </div>
      {octets !== undefined && octets.text !== '' && (
        <details>
          <summary>Octets of the judged event</summary>
          <code class="box">{hexDump(octets.text)}</code>
        </details>
      )}
      <p class="sub">
        {'Run it again: '}
        <code>{`popspec check ${safeText(doc.target.url, 200)} --only ${safeText(result.id, 200)}`}</code>
      </p>
    </article>
  );
}

function CaseLine({ result, prefix }: { readonly result: CaseResult; readonly prefix: string }): VNode {
  const attempts = result.attempts > 1 ? ` · ${result.attempts} attempts` : '';
  return (
    <>
      <p class="sub">
        <a href={`#${anchorOf(prefix + result.id)}`}>
          <code>{safeText(result.id, 200)}</code>
        </a>
        {` · ${result.level} · ${safeText(result.place, 200)} · ${milliseconds(result.durationMs)}${attempts}`}
      </p>
      {result.firstAttempt !== undefined && (
        <p class="sub">{`A first attempt ended otherwise: ${safeText(result.firstAttempt, FIELD_MAX)}`}</p>
      )}
    </>
  );
}

function Clauses({ result, context }: { readonly result: CaseResult; readonly context: CaseContext }): VNode {
  return (
    <>
      <ul class="clauses">
        {result.clauses.map((id) => {
          const clause = context.clauses.get(id);
          return (
            <li>
              <b title={safeText(id, 60)}>{clause === undefined ? safeText(id, 60) : clauseLabel(clause)}</b>
              {clause === undefined ? '' : safeText(clause.text, 500)}
            </li>
          );
        })}
      </ul>
      {result.why !== undefined && <p class="why">{`Why it matters: ${safeText(result.why, 500)}`}</p>}
    </>
  );
}

function FindingFacts(props: {
  readonly finding: Finding;
  readonly result: CaseResult;
  readonly doc: CheckResult;
}): VNode {
  const { finding, result, doc } = props;
  const { transcript, witness } = evidenceOf(finding, result, doc);
  const sent = lastSent(transcript, finding.event)?.replace(/\r\n$/, '');
  const waited = finding.waitedMs === undefined ? '' : ` after ${milliseconds(finding.waitedMs)}`;
  const expected = alternativesOf(finding);
  const alternatives = expected.length - LINES_SHOWN;
  return (
    <div class={finding.verdict}>
      <p class="reason">
        {finding.verdict !== result.verdict && <VerdictMark verdict={finding.verdict} />}
        {`${finding.verdict === result.verdict ? '' : ' '}${safeText(finding.reason, FIELD_MAX)}`}
      </p>
      <dl class="facts">
        <dt>At</dt>
        <dd>
          <code>{printable(finding.source.trim(), FIELD_MAX)}</code>{' '}
          <span class="dim">{safeText(finding.place, 200)}</span>
        </dd>
        {sent !== undefined && <dt>Sent</dt>}
        {sent !== undefined && (
          <dd>
            <code>{printable(sent, FIELD_MAX)}</code>
          </dd>
        )}
        {expected.length > 0 && <dt>Expected</dt>}
        {expected.length > 0 && (
          <dd>
            {expected.slice(0, LINES_SHOWN).map((line, index) => (
              <>
                {index > 0 && <span class="dim">{' or '}</span>}
                <code>{printable(line, FIELD_MAX)}</code>
              </>
            ))}
            {alternatives > 0 && ` and ${plural(alternatives, 'more alternative')}`}
          </dd>
        )}
        {finding.actual !== '' && <dt>Got</dt>}
        {finding.actual !== '' && (
          <dd class="got">
            <code>{printable(finding.actual, FIELD_MAX)}</code>
          </dd>
        )}
        <dt>Ended because</dt>
        <dd>{`${causeWords(finding.cause)}${waited}`}</dd>
        {(finding.values ?? []).slice(0, LINES_SHOWN).map(({ expression, value }) => (
          <>
            <dt>Value</dt>
            <dd>
              <code>{`${printable(expression, FIELD_MAX)} = ${printable(value, FIELD_MAX)}`}</code>
            </dd>
          </>
        ))}
        {witness !== undefined && <dt>Seen in</dt>}
        {witness !== undefined && (
          <dd>
            <code>{safeText(witness.id, 200)}</code>
          </dd>
        )}
      </dl>
    </div>
  );
}

/** A case in the list of all: one line, and for those without findings what was done. */
export function CaseRow(props: {
  readonly result: CaseResult;
  readonly context: CaseContext;
  /** The case is told in full among the findings. */
  readonly told: boolean;
}): VNode {
  const { result, context, told } = props;
  const line = (
    <>
      <VerdictMark verdict={result.verdict} />
      <span class="ti">{safeText(result.title, 300)}</span>
      <span class="la">{`${caseLabels(result, context.clauses).join(', ')} · ${result.level}`}</span>
    </>
  );
  const marks = {
    'data-v': result.verdict,
    'data-r': rfcOf(result, context),
    'data-id': safeText(result.id, 200),
  };
  if (told) {
    return (
      <div class="row" {...marks}>
        <a href={`#${anchorOf(result.id)}`}>{line}</a>
      </div>
    );
  }
  const { passTranscript } = context.detail;
  return (
    <details class="row" id={anchorOf(result.id)} {...marks}>
      <summary>{line}</summary>
      <div class="in">
        <CaseLine result={result} prefix={context.prefix} />
        {result.verdict !== 'pass' && <p class="reason">{caseReason(result)}</p>}
        <Clauses result={result} context={context} />
        <Dialogue source={result.dialogue} judged={NONE} />
        {passTranscript !== null && result.transcript.length > 0 && (
          <Transcript events={result.transcript} bounds={passTranscript} />
        )}
      </div>
    </details>
  );
}

const NONE: ReadonlySet<string> = new Set();
