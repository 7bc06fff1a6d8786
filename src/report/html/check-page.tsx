import type { VNode } from 'preact';
import type { CheckResult } from '../../check/result.js';
import { type CheckView, clauseIndex, type Suite } from '../check-view.js';
import { printable, safeText } from '../escape.js';
import { count, instant, milliseconds, plural } from '../format.js';
import { rerunPrefix } from '../rerun.js';
import { rootCauses } from '../root-causes.js';
import { VERDICT_INFO, verdictOrder, verdictSign } from '../verdicts.js';
import { anchorOf } from './anchor.js';
import { BaselineSection } from './baseline.js';
import { aboutRun, type CaseContext, CaseRow } from './case.js';
import { RfcTable, VerdictBar } from './check-summary.js';
import { caseChoices } from './choices.js';
import type { Detail } from './detail.js';
import { FindingsSection, toldCases } from './findings.js';
import { Headline, Meta, Postmark, Transcript, VerdictMark } from './parts.js';
import { BytesSwitch, Tools } from './tools.js';

/** The report of a check: the verdict, what it rests on, what is to be mended, then everything that was done. */
export function CheckPage(props: {
  readonly doc: CheckResult;
  readonly view: CheckView;
  readonly detail: Detail;
}): VNode {
  const { doc, view, detail } = props;
  const context: CaseContext = {
    doc,
    clauses: clauseIndex(doc),
    detail,
    prefix: '',
    linked: detail.rows !== 'none',
  };
  const causes = rootCauses(view.findings, doc);
  const told = toldCases(causes, detail.findings);
  return (
    <>
      <a class="skip" href="#findings">
        Skip to the findings
      </a>
      <div class="edge" />
      <div class="wrap">
        <Header doc={doc} view={view} />
        <main data-run={safeText(rerunPrefix(doc), 800)} data-about={aboutRun(doc)}>
          {doc.cases.length > 0 && <RfcTable view={view} doc={doc} />}
          <BaselineSection doc={doc} />
          {doc.cases.length > 0 && (
            <Tools choices={caseChoices([doc])}>
              <BytesSwitch />
            </Tools>
          )}
          <FindingsSection view={view} causes={causes} told={told} context={context} />
          {view.notRun.length > 0 && <NotRun view={view} />}
          <section id="cases">
            <h2>{`All cases (${count(doc.cases.length)})`}</h2>
            {view.suites.slice(0, SUITES_SHOWN).map((suite) => (
              <SuiteCases suite={suite} context={context} told={told} />
            ))}
            {view.suites.length > SUITES_SHOWN && (
              <p>{`and ${plural(view.suites.length - SUITES_SHOWN, 'more suite')} in the JSON result`}</p>
            )}
          </section>
          <Definitions />
          <Run doc={doc} detail={detail} />
        </main>
        <footer>{`Made by popspec ${safeText(doc.tool.version, 40)}. ${detail.passTranscript === null ? 'The transcripts of passing cases stand in the JSON result.' : 'Passwords and tokens were masked before anything was recorded.'}`}</footer>
      </div>
    </>
  );
}

/** Suite files that are listed; all of popspec are fewer. */
const SUITES_SHOWN = 500;

function Header({ doc, view }: { readonly doc: CheckResult; readonly view: CheckView }): VNode {
  const { target } = doc;
  const tls = target.tls === 'none' ? 'no TLS' : target.tls === 'stls' ? 'STLS' : 'implicit TLS';
  const session = [target.tlsProtocol, target.tlsCipher].filter((part) => part !== undefined).join(' ');
  return (
    <header>
      <div class="top">
        <div>
          <p class="kicker">popspec · POP3 conformance</p>
          <Headline text={view.sentence} />
          {doc.problem?.hint !== undefined && <p class="hint">{safeText(doc.problem.hint, 400)}</p>}
          {!doc.complete && <p class="hint">The run ended early: this is what was done until then.</p>}
          <Meta
            facts={[
              ['Target', <code>{safeText(target.url, 200)}</code>],
              [
                'Greeting',
                target.greeting === undefined ? '' : <code>{printable(target.greeting, 160)}</code>,
              ],
              [
                'Session',
                `${tls}${session === '' ? '' : ` (${printable(session, 80)})`}, ${target.auth} login`,
              ],
              ['When', instant(safeText(doc.startedAt, 40))],
              ['Took', milliseconds(doc.durationMs)],
            ]}
          />
        </div>
        <Postmark stamp={view.stamp} date={safeText(doc.startedAt, 10).slice(0, 10)} />
      </div>
      <ul class="chips" aria-label="Cases by verdict">
        {VERDICT_INFO.filter(({ verdict }) => (view.counts.get(verdict) ?? 0) > 0).map(({ verdict }) => {
          const first = doc.cases.find((result) => result.verdict === verdict);
          return (
            <li>
              <a href={`#${anchorOf(first?.id ?? '')}`} data-choose={`verdict ${verdict}`}>
                <b>{count(view.counts.get(verdict) ?? 0)}</b> <VerdictMark verdict={verdict} />
              </a>
            </li>
          );
        })}
        {doc.cases.length > 0 && (
          <li>
            <a class="what" href="#verdicts">
              what they mean
            </a>
          </li>
        )}
      </ul>
      {doc.cases.length > 0 && <VerdictBar view={view} total={doc.cases.length} />}
    </header>
  );
}

function NotRun({ view }: { readonly view: CheckView }): VNode {
  return (
    <section id="not-run">
      <h2>Not run</h2>
      <table class="slim">
        <thead>
          <tr>
            <th scope="col">verdict</th>
            <th scope="col">cases</th>
            <th scope="col" class="l">
              why
            </th>
          </tr>
        </thead>
        <tbody>
          {view.notRun.slice(0, 60).map(({ verdict, text, cases }) => (
            <tr>
              <td>
                <VerdictMark verdict={verdict} />
              </td>
              <td>{count(cases.length)}</td>
              <td class="w">{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function SuiteCases(props: {
  readonly suite: Suite;
  readonly context: CaseContext;
  readonly told: ReadonlySet<CheckResult['cases'][number]>;
}): VNode {
  const { suite, context, told } = props;
  const counts = VERDICT_INFO.map(
    ({ verdict }) => [verdict, suite.cases.filter((result) => result.verdict === verdict).length] as const,
  ).filter(([, cases]) => cases > 0);
  const cases = [...suite.cases].sort((a, b) => verdictOrder(a.verdict) - verdictOrder(b.verdict));
  const firstWith = new Map(
    cases
      .filter((result) => !told.has(result))
      .map((result) => [result.dialogue, result] as const)
      .reverse(),
  );
  return (
    <details class="suite">
      <summary>
        <h3>{safeText(suite.name, 200)}</h3>
        <span class="n">
          {counts.map(([verdict, number]) => (
            <span class={`v ${verdict}`} data-s={verdictSign(verdict)}>{`${number} ${verdict}`}</span>
          ))}
        </span>
      </summary>
      <div class="rows">
        {context.detail.rows === 'none' ? (
          <p>{`${plural(cases.length, 'case')}: each stands in the JSON result, for which this page has no room.`}</p>
        ) : (
          cases.map((result) => (
            <CaseRow
              result={result}
              context={context}
              told={told.has(result)}
              like={firstWith.get(result.dialogue)}
            />
          ))
        )}
      </div>
    </details>
  );
}

export function Definitions(): VNode {
  return (
    <section id="verdicts">
      <h2>What the verdicts mean</h2>
      <dl class="defs">
        {VERDICT_INFO.map(({ verdict, meaning }) => (
          <>
            <dt>
              <VerdictMark verdict={verdict} />
            </dt>
            <dd>{meaning}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

function Run({ doc, detail }: { readonly doc: CheckResult; readonly detail: Detail }): VNode {
  const { options, environment, target } = doc;
  return (
    <section id="run">
      <h2>The run</h2>
      <Meta
        facts={[
          ['Address', safeText(`${target.address ?? target.host}:${target.port}`, 200)],
          ['Round trip', target.roundTripMs === undefined ? '' : milliseconds(target.roundTripMs)],
          ['Time limit', milliseconds(options.timeoutMs)],
          ['Fails on', options.failOn],
          ['Only', safeText(options.only.join(' '), 300)],
          ['Skip', safeText(options.skip.join(' '), 300)],
          ['Slow cases', options.slow ? 'run' : 'left out'],
          ['Deletion', options.allowDelete ? 'allowed' : 'not allowed'],
          ['Delivery', safeText(options.deliver ?? 'none', 200)],
          ['Accounts', count(options.accounts)],
          [
            'Machine',
            safeText(`Node ${environment.node}, ${environment.platform}, ${environment.cpus} CPUs`, 200),
          ],
          ['Exit code', `${doc.exit.code}: ${safeText(doc.exit.reason, 300)}`],
        ]}
      />
      {target.capabilities.length > 0 && (
        <p>
          {'CAPA before login: '}
          {target.capabilities.slice(0, 60).map((line) => (
            <>
              <code>{printable(line, 120)}</code>{' '}
            </>
          ))}
        </p>
      )}
      {doc.preflight.length > 0 && (
        <details>
          <summary>Preflight: greeting, CAPA, login</summary>
          <Transcript events={doc.preflight} bounds={detail.findingTranscript} />
        </details>
      )}
    </section>
  );
}
