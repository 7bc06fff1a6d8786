import type { ComponentChildren, VNode } from 'preact';
import type { CaseResult, CheckResult, ClauseInfo } from '../../check/result.js';
import { caseLabels, caseReason, clauseLabel, evidenceOf, judgedLines } from '../check-view.js';
import { hexDump, safeText } from '../escape.js';
import { instant, milliseconds, plural } from '../format.js';
import { rerunCommand, shellWord } from '../rerun.js';
import { leadingFinding } from '../root-causes.js';
import { anchorOf } from './anchor.js';
import { filterKeys } from './choices.js';
import type { Detail } from './detail.js';
import { FIELD_MAX, FindingFacts } from './facts.js';
import { Dialogue, KnownBadge, KnownNote, Transcript, VerdictMark } from './parts.js';

/** Findings of one case that are told in full. */
const FINDINGS_SHOWN = 5;

/** What every case on a page shares. */
export interface CaseContext {
  readonly doc: CheckResult;
  readonly clauses: ReadonlyMap<string, ClauseInfo>;
  readonly detail: Detail;
  /** In front of the anchors, where several checks stand on one page. */
  readonly prefix: string;
  /** Whether the page has an anchor for every case of the run. */
  readonly linked: boolean;
}

interface CaseProps {
  readonly result: CaseResult;
  readonly context: CaseContext;
}

/** What is told of a case apart from its title: what it cites, what was found, and the proof. */
export function CaseBody(
  props: CaseProps & {
    /** A case on the page that has told what this one shares with it. */
    readonly like?: CaseResult;
    /** What was found stands in the heading already. */
    readonly titled?: boolean;
  },
): VNode {
  const { result, context, like, titled = false } = props;
  const { doc, detail } = context;
  const proof = result.findings.find((finding) => finding.event !== undefined) ?? leadingFinding(result);
  const evidence = proof === undefined ? undefined : evidenceOf(proof, result, doc);
  const transcript = evidence?.transcript ?? result.transcript;
  const octets = proof?.event === undefined ? undefined : transcript[proof.event];
  const sameCitation = like !== undefined && like.clauses.join() === result.clauses.join();
  const witness = evidence?.witness;
  return (
    <>
      <CaseLine result={result} prefix={context.prefix} />
      <KnownNote result={result} />
      {!sameCitation && <Citation result={result} context={context} />}
      {result.findings.length === 0 && <p class="reason">{caseReason(result)}</p>}
      <Findings result={result} context={context} titled={titled} />
      <div class={like?.dialogue === result.dialogue ? '' : 'proof'}>
        {like?.dialogue !== result.dialogue && (
          <details open>
            <summary>Dialogue</summary>
            <Dialogue source={result.dialogue} judged={judgedLines(result)} />
          </details>
        )}
        {transcript.length > 0 && (
          <details open>
            <summary>
              {witness === undefined ? 'Transcript' : `Transcript of ${safeText(witness.id, 200)}`}
            </summary>
            <Transcript events={transcript} bounds={detail.findingTranscript} marked={proof?.event} />
          </details>
        )}
      </div>
      {octets !== undefined && octets.text !== '' && (
        <details>
          <summary>Octets of the judged event</summary>
          <code class="box">{hexDump(octets.text, detail.octets)}</code>
        </details>
      )}
      <p class="sub">
        {'Run it again: '}
        <code>{safeText(rerunCommand(doc, result.id), 800)}</code>
      </p>
    </>
  );
}

/** The findings of a case; those of an invariant are one, with each dialogue that it was seen in. */
function Findings({ result, context, titled }: CaseProps & { readonly titled: boolean }): VNode {
  const { doc } = context;
  const prefix = context.linked ? context.prefix : undefined;
  const [first] = result.findings;
  const seen = result.findings.filter(({ witness }) => witness !== undefined);
  if (first !== undefined && seen.length === result.findings.length) {
    return (
      <FindingFacts finding={first} result={result} doc={doc} prefix={prefix} titled={titled} seen={seen} />
    );
  }
  const rest = result.findings.length - FINDINGS_SHOWN;
  return (
    <>
      {result.findings.slice(0, FINDINGS_SHOWN).map((finding) => (
        <FindingFacts
          finding={finding}
          result={result}
          doc={doc}
          prefix={prefix}
          titled={titled && finding === leadingFinding(result)}
        />
      ))}
      {rest > 0 && <p>{`and ${plural(rest, 'more finding')} in this case`}</p>}
    </>
  );
}

/** The id of a case as a link to itself, and what else is short to say of it. */
export function CaseLine({
  result,
  prefix,
}: {
  readonly result: CaseResult;
  readonly prefix: string;
}): VNode {
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

/** The clauses with our paraphrase, and why they matter to somebody who reads mail. */
export function Citation({ result, context }: CaseProps): VNode {
  return (
    <>
      <ul class="clauses">
        {result.clauses.map((id) => {
          const clause = context.clauses.get(id);
          return (
            <li>
              <b title={safeText(id, 60)}>{clause === undefined ? safeText(id, 60) : clauseLabel(clause)}</b>{' '}
              {clause === undefined ? '' : safeText(clause.text, 500)}
            </li>
          );
        })}
      </ul>
      {result.why !== undefined && <p class="why">{`Why it matters: ${safeText(result.why, 500)}`}</p>}
    </>
  );
}

/** A case in the list of all: one line, and for those without findings what was done. */
export function CaseRow(
  props: CaseProps & {
    /** The case is told in full among the findings. */
    readonly told: boolean;
    /** The first case of the list that has this dialogue: rows of one table share it. */
    readonly like: CaseResult | undefined;
  },
): VNode {
  const { result, context, told, like } = props;
  const line = (
    <>
      <span>
        <VerdictMark verdict={result.verdict} /> <KnownBadge result={result} />
      </span>
      <span class="ti">{safeText(result.title, 300)}</span>
      <span class="la">{`${caseLabels(result, context.clauses).join(', ')} · ${result.level}`}</span>
    </>
  );
  const keys = filterKeys([result], context.clauses);
  if (told) {
    return (
      <div class="row" data-k={keys} data-id={safeText(result.id, 200)}>
        <a href={`#${anchorOf(result.id)}`}>{line}</a>
      </div>
    );
  }
  if (context.detail.rows === 'brief') {
    return (
      <div class="row" id={anchorOf(result.id)} data-k={keys}>
        <p>{line}</p>
      </div>
    );
  }
  const first = like === result || like?.clauses.join() !== result.clauses.join() ? undefined : like;
  const { passTranscript } = context.detail;
  return (
    <details class="row" data-k={keys}>
      <summary>{line}</summary>
      <div class="in case" id={anchorOf(context.prefix + result.id)}>
        <CaseLine result={result} prefix={context.prefix} />
        {result.verdict !== 'pass' && <p class="reason">{caseReason(result)}</p>}
        {first === undefined ? (
          <>
            <Citation result={result} context={context} />
            <Dialogue source={result.dialogue} />
          </>
        ) : (
          <p>
            {'Clause and dialogue are those of '}
            <a href={`#${anchorOf(context.prefix + first.id)}`}>{safeText(first.id, 200)}</a>
          </p>
        )}
        {passTranscript !== null && result.transcript.length > 0 && (
          <Transcript events={result.transcript} bounds={passTranscript} />
        )}
      </div>
    </details>
  );
}

/** The folded part of a case. The anchor stands in here: a link to what is folded opens it without JavaScript too. */
export function CaseFrame(props: CaseProps & { readonly children: ComponentChildren }): VNode {
  const { result, context, children } = props;
  const id = anchorOf(context.prefix + result.id);
  return (
    <div class="in case" id={id} data-id={safeText(shellWord(result.id), 300)}>
      {children}
    </div>
  );
}

/** Where and when a check was run, for what is copied from its page. */
export function aboutRun(doc: CheckResult): string {
  const when = instant(safeText(doc.startedAt, 40));
  return `popspec ${safeText(doc.tool.version, 40)}, ${safeText(doc.target.url, 200)}, ${when}`;
}
