import type { VNode } from 'preact';
import type { Cause, DiagnoseResult, ProbeResult } from '../../diagnose/result.js';
import { type DiagnoseView, likelihood, OUTCOMES, STAGE_NAMES } from '../diagnose-view.js';
import { safeText } from '../escape.js';
import { count, instant, milliseconds, plural } from '../format.js';
import { Headline, Meta, Postmark, Transcript } from './parts.js';

const TEXT_MAX = 400;
const TRANSCRIPT_BOUNDS = { lines: 120, lineOctets: 300 } as const;

/** The report of a diagnosis: the verdict, the causes with the likeliest first, what was looked at, and what was said. */
export function DiagnosePage({
  doc,
  view,
}: {
  readonly doc: DiagnoseResult;
  readonly view: DiagnoseView;
}): VNode {
  return (
    <>
      <a class="skip" href="#causes">
        Skip to the causes
      </a>
      <div class="edge" />
      <div class="wrap">
        <Header doc={doc} view={view} />
        <main>
          <section id="causes">
            <h2>
              {doc.causes.length === 0
                ? 'No cause'
                : doc.causes.length === 1
                  ? 'The cause'
                  : 'Causes, the likeliest first'}
            </h2>
            {doc.causes.length === 0 && <p>{safeText(doc.conclusion.says, TEXT_MAX)}</p>}
            {doc.causes.map((cause, index) => (
              <CauseCard cause={cause} number={index + 1} />
            ))}
          </section>
          {doc.advice.length > 0 && (
            <section id="advice">
              <h2>Advice</h2>
              {doc.advice.map((advice) => (
                <AdviceCard advice={advice} />
              ))}
            </section>
          )}
          <section id="looked-at">
            <h2>{`What was looked at (${count(doc.probes.length)})`}</h2>
            <ol class="checklist">
              {doc.probes.map((probe) => (
                <Probe probe={probe} />
              ))}
            </ol>
          </section>
          <section id="transcripts">
            <h2>What was said</h2>
            {doc.transcripts.length === 0 && <p>No connection was made.</p>}
            {doc.transcripts.map(({ title, events }) => (
              <details class="suite">
                <summary>
                  <h3>{safeText(title, 200)}</h3>
                  <span class="n">{plural(events.length, 'event')}</span>
                </summary>
                <Transcript events={events} bounds={TRANSCRIPT_BOUNDS} />
              </details>
            ))}
          </section>
          <Run doc={doc} />
        </main>
        <footer>{`Made by popspec ${safeText(doc.tool.version, 40)}. Passwords and tokens were masked before anything was recorded; addresses and hosts were not: use --share for a text that can be shown in public.`}</footer>
      </div>
    </>
  );
}

function Header({ doc, view }: { readonly doc: DiagnoseResult; readonly view: DiagnoseView }): VNode {
  return (
    <header>
      <div class="top">
        <div>
          <p class="kicker">popspec · POP3 diagnosis</p>
          <Headline text={safeText(view.sentence, TEXT_MAX)} />
          {doc.causes[0]?.remedy[0] !== undefined && (
            <p class="hint">{safeText(doc.causes[0].remedy[0], TEXT_MAX)}</p>
          )}
          {doc.facts.cutShort && <p class="hint">The time was up before everything was looked at.</p>}
          <Meta
            facts={[
              ['About', <code>{safeText(doc.subject, 200)}</code>],
              ['Provider', safeText(doc.provider ?? '', 100)],
              ['When', instant(safeText(doc.startedAt, 40))],
              ['Took', milliseconds(doc.durationMs)],
            ]}
          />
        </div>
        <Postmark stamp={view.stamp} date={safeText(doc.startedAt, 10).slice(0, 10)} />
      </div>
      <ul class="chips" aria-label="Probes by outcome">
        {(['bad', 'warn', 'ok', 'skipped'] as const)
          .filter((outcome) => view.counts[outcome] > 0)
          .map((outcome) => (
            <li>
              <a href="#looked-at">
                <b>{count(view.counts[outcome])}</b> <OutcomeMark outcome={outcome} />
              </a>
            </li>
          ))}
      </ul>
    </header>
  );
}

function OutcomeMark({ outcome }: { readonly outcome: ProbeResult['outcome'] }): VNode {
  const { sign, word, verdict } = OUTCOMES[outcome];
  return (
    <span class={`v ${verdict}`} data-s={sign}>
      {word}
    </span>
  );
}

function CauseCard({ cause, number }: { readonly cause: Cause; readonly number: number }): VNode {
  return (
    <article
      class={`card ${cause.weight >= 60 ? 'fail' : cause.weight >= 25 ? 'warn' : 'blocked'}`}
      id={safeText(cause.id, 60)}
    >
      <h3>
        <span>{`${number}. ${safeText(cause.cause, TEXT_MAX)}`}</span>
      </h3>
      <p class="sub">
        {`${STAGE_NAMES[cause.stage]} · ${likelihood(cause)} · `}
        <code>{safeText(cause.id, 60)}</code>
      </p>
      <dl class="facts">
        <dt>Because</dt>
        <dd>
          {cause.reasons.map((reason) => (
            <div>{safeText(reason, TEXT_MAX)}</div>
          ))}
        </dd>
        <dt>What to do</dt>
        <dd>
          <ol class="steps">
            {cause.remedy.map((step) => (
              <li>{safeText(step, TEXT_MAX)}</li>
            ))}
          </ol>
        </dd>
        <dt>What tells it from others</dt>
        <dd>{safeText(cause.separates, TEXT_MAX)}</dd>
        {cause.link !== undefined && <dt>More</dt>}
        {cause.link !== undefined && (
          <dd>
            <Link url={cause.link} />
          </dd>
        )}
      </dl>
    </article>
  );
}

/** Only the web is linked to: a result may have been edited by anybody. */
function Link({ url }: { readonly url: string }): VNode {
  const shown = safeText(url, TEXT_MAX);
  return /^https:\/\//.test(url) ? (
    <a href={url} rel="noreferrer">
      {shown}
    </a>
  ) : (
    <code>{shown}</code>
  );
}

function AdviceCard({ advice }: { readonly advice: Cause }): VNode {
  return (
    <article class="card info" id={safeText(advice.id, 60)}>
      <h3>
        <span>{safeText(advice.cause, TEXT_MAX)}</span>
      </h3>
      <p class="sub">{advice.reasons.map((reason) => safeText(reason, TEXT_MAX)).join(' · ')}</p>
      {advice.remedy.map((step) => (
        <p class="why">{safeText(step, TEXT_MAX)}</p>
      ))}
      {advice.link !== undefined && <Link url={advice.link} />}
    </article>
  );
}

function Probe({ probe }: { readonly probe: ProbeResult }): VNode {
  return (
    <li>
      <OutcomeMark outcome={probe.outcome} />
      <div>
        <b>{safeText(probe.title, 200)}</b>
        {probe.tookMs >= 1 && <span class="dim">{` ${milliseconds(probe.tookMs)}`}</span>}
        {probe.evidence.map((line) => (
          <div class="dim">
            <code>{safeText(line, TEXT_MAX)}</code>
          </div>
        ))}
      </div>
    </li>
  );
}

function Run({ doc }: { readonly doc: DiagnoseResult }): VNode {
  const { options, environment, exit } = doc;
  return (
    <section id="run">
      <h2>The run</h2>
      <Meta
        facts={[
          ['Limit for an answer', milliseconds(options.timeoutMs)],
          ['Limit for all', milliseconds(options.limitMs)],
          ['Logins allowed', count(options.loginBudget)],
          ['RETR', options.allowRetr ? 'allowed' : 'not allowed'],
          ['Other domains', options.follow ? 'contacted' : 'not contacted unasked'],
          ['Certificates', options.insecure ? 'put up with' : 'must verify before a login'],
          ['Machine', safeText(`Node ${environment.node}, ${environment.platform}`, 100)],
          ['Exit code', `${exit.code}: ${safeText(exit.reason, 300)}`],
        ]}
      />
    </section>
  );
}
