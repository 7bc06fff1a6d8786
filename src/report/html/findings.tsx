import type { VNode } from 'preact';
import type { CaseResult } from '../../check/result.js';
import type { CheckView } from '../check-view.js';
import { caseReason } from '../check-view.js';
import { printable, safeText } from '../escape.js';
import { count, plural } from '../format.js';
import { shellWord } from '../rerun.js';
import { leadingFinding, ownWords, type RootCause } from '../root-causes.js';
import { anchorOf } from './anchor.js';
import { CaseBody, type CaseContext, CaseFrame } from './case.js';
import { filterKeys } from './choices.js';
import { KnownBadge, VerdictMark } from './parts.js';

/** The cases of some findings that are told in full, as many as there is room for: one of each finding comes first. */
export function toldCases(causes: readonly RootCause[], room: number): ReadonlySet<CaseResult> {
  const first = causes.flatMap(({ cases }) => cases.slice(0, 1));
  const more = causes.flatMap(({ cases }) => cases.slice(1));
  return new Set([...first, ...more].slice(0, room));
}

/** What is to be mended, one card for each cause, however many cases bear witness to it. */
export function FindingsSection(props: {
  readonly view: CheckView;
  readonly causes: readonly RootCause[];
  readonly told: ReadonlySet<CaseResult>;
  readonly context: CaseContext;
}): VNode {
  const { view, causes, told, context } = props;
  const cases = view.findings.length;
  const shown = causes.filter(({ cases: [lead] }) => lead !== undefined && told.has(lead));
  const left = causes.length - shown.length;
  return (
    <section id="findings" data-group>
      <h2>{causes.length === 0 ? 'No findings' : `Findings (${count(causes.length)})`}</h2>
      {causes.length < cases && (
        <p class="sub">{`${plural(cases, 'case')} bear witness. Cases are one finding where their evidence is the same: one line of one table, one exchange under one clause, or a command that is refused wherever it is sent.`}</p>
      )}
      {shown.map((cause) => (
        <FindingCard cause={cause} told={told} context={context} />
      ))}
      {left > 0 && (
        <p>{`${plural(left, 'more finding')}: they are in the JSON result, for which this page has no room.`}</p>
      )}
    </section>
  );
}

/** More witnesses than these are folded away: the list is longer than what it proves. */
const WITNESSES_OPEN = 8;
/** Witnesses of one finding that are named; the others are counted. */
const WITNESSES_NAMED = 300;

function FindingCard(props: {
  readonly cause: RootCause;
  readonly told: ReadonlySet<CaseResult>;
  readonly context: CaseContext;
}): VNode | null {
  const { cause, told, context } = props;
  const [lead, ...others] = cause.cases;
  if (lead === undefined) return null;
  const named = others.slice(0, WITNESSES_NAMED);
  const ids = [lead, ...named].map(({ id }) => safeText(id, 200)).join(' ');
  return (
    <article
      class={`card ${cause.verdict}`}
      id={anchorOf(context.prefix + lead.id)}
      data-k={filterKeys(cause.cases, context.clauses)}
      data-id={ids}
    >
      <h3>
        <VerdictMark verdict={cause.verdict} /> <KnownBadge result={lead} />
        <span class="ti">{headingOf(cause, lead)}</span>
        {others.length > 0 && <span class="tally">{plural(cause.cases.length, 'case')}</span>}
      </h3>
      <div class="case" data-id={safeText(shellWord(lead.id), 300)}>
        {others.length > 0 && <p class="sub">{safeText(lead.title, 300)}</p>}
        <CaseBody
          result={lead}
          context={context}
          titled={others.length > 0 && foundWords(lead) !== undefined}
        />
      </div>
      {others.length > 0 && (
        <details class="wits" open={others.length <= WITNESSES_OPEN}>
          <summary>
            <h4>{`Seen in ${plural(others.length, 'more case')}`}</h4>
          </summary>
          {named.map((result) => (
            <Witness result={result} lead={lead} told={told.has(result)} context={context} />
          ))}
          {others.length > named.length && (
            <p>{`and ${plural(others.length - named.length, 'more case')}`}</p>
          )}
        </details>
      )}
    </article>
  );
}

/** What to call a finding: a single case by its title, several by what they have in common. */
function headingOf({ cases, refused }: RootCause, lead: CaseResult): string {
  if (cases.length === 1) return safeText(lead.title, 300);
  if (refused !== undefined) return `${refused} is refused wherever it was sent`;
  const words = foundWords(lead) ?? lead.title;
  return safeText(`${words.charAt(0).toUpperCase()}${words.slice(1)}`, 300);
}

/** What was found in a case, where the suite has words for it. */
function foundWords(result: CaseResult): string | undefined {
  const finding = leadingFinding(result);
  return finding === undefined ? undefined : ownWords(finding);
}

/** What came in a case, in a few words: what was received, or what did not hold. */
export function cameOf(result: CaseResult): string {
  const finding = leadingFinding(result);
  if (finding === undefined) return caseReason(result);
  const told = finding.cause === 'check' || finding.cause === 'statement';
  return told ? safeText(finding.reason, 100) : printable(finding.actual, 80);
}

function Witness(props: {
  readonly result: CaseResult;
  readonly lead: CaseResult;
  readonly told: boolean;
  readonly context: CaseContext;
}): VNode {
  const { result, lead, told, context } = props;
  const name = safeText(result.id, 200);
  if (!told) {
    return (
      <p class="wit">
        {context.linked ? <a href={`#${anchorOf(context.prefix + result.id)}`}>{name}</a> : name}
      </p>
    );
  }
  return (
    <details class="wit">
      <summary>
        <span class="ti">{name}</span> <code>{cameOf(result)}</code>
      </summary>
      <CaseFrame result={result} context={context}>
        <p class="sub">{safeText(result.title, 300)}</p>
        <CaseBody result={result} context={context} like={lead} />
      </CaseFrame>
    </details>
  );
}
