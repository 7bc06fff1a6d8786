import { checklist } from './checklist/checklist.js';
import { conclude, exitOf } from './conclusion.js';
import type { Facts } from './facts.js';
import type { DiagnoseOptions } from './options.js';
import { rank } from './rank.js';
import type { DiagnoseResult } from './result.js';
import { RULES } from './rules/index.js';
import { Run } from './run.js';

/** Looks at everything between a name and its mail, and tells what is wrong. Contacts nobody but name servers, autoconfig and the mail servers found. */
export async function diagnose(options: DiagnoseOptions): Promise<DiagnoseResult> {
  const { subject, timeoutMs, limitMs } = options;
  const startedAt = new Date().toISOString();
  const startedMs = performance.now();
  const timeUp = AbortSignal.timeout(limitMs);
  const signal = options.signal === undefined ? timeUp : AbortSignal.any([options.signal, timeUp]);
  const run = new Run(options, signal);
  await run.all();
  const { facts, provider, transcripts } = run;
  const given: Facts = { ...facts, cutShort: timeUp.aborted };
  const { causes, advice } = rank(RULES, { facts: given, provider });
  const conclusion = conclude(given, causes, options.signal?.aborted === true);
  return {
    schemaVersion: 1,
    kind: 'diagnose',
    tool: { name: 'popspec', version: options.version },
    startedAt,
    durationMs: Math.round(performance.now() - startedMs),
    subject: subject.shown,
    environment: { node: process.version, platform: `${process.platform} ${process.arch}` },
    options: {
      timeoutMs,
      limitMs,
      loginBudget: options.loginBudget,
      allowRetr: options.allowRetr,
      follow: options.follow === true,
      insecure: options.tlsOptions.insecure === true,
    },
    ...(provider === undefined ? {} : { provider: provider.name }),
    conclusion,
    causes,
    advice,
    probes: checklist(given, provider),
    facts: given,
    transcripts: transcripts.map(({ title, events }) => ({ title, events: [...events] })),
    exit: exitOf(conclusion),
  };
}
