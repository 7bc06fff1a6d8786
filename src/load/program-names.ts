import type { Program, Step } from '../dialogue/program.js';
import { compileScenario } from '../dialogue/scenario.js';
import { isFixed } from '../dialogue/template.js';
import type { PlannedScenario } from './plan.js';

/** What a dialogue sends and expects where, so far as it can be known before it runs. */
export interface ProgramNames {
  readonly verbs: ReadonlySet<string>;
  readonly phases: ReadonlySet<string>;
  /** True when an expression makes a command: its verb is known only when it is sent. A secret is no command. */
  readonly openEnded: boolean;
  /** The command that the line at `file:line` answers to; none for a greeting. */
  readonly answersTo: ReadonlyMap<string, string>;
}

/** What any of several scenarios sends and expects. Throws SuiteError when one cannot be compiled. */
export function planNames(scenarios: readonly PlannedScenario[]): ProgramNames {
  const all = scenarios.map(({ source }) => programNames(compileScenario(source)));
  return {
    verbs: new Set(all.flatMap(({ verbs }) => [...verbs])),
    phases: new Set(all.flatMap(({ phases }) => [...phases])),
    openEnded: all.some(({ openEnded }) => openEnded),
    answersTo: new Map(all.flatMap(({ answersTo }) => [...answersTo])),
  };
}

export function programNames(program: Program): ProgramNames {
  const verbs = new Set<string>();
  const phases = new Set<string>(['session', 'connect', 'greeting', 'tls']);
  const answersTo = new Map<string, string>();
  const lastSent = new Map<string, string>();
  let openEnded = false;
  for (const step of program.steps) {
    if (step.op === 'phase') phases.add(step.name);
    if (step.op === 'connect') lastSent.delete(step.label);
    if (step.op === 'send') {
      const sent = verbsOf(step);
      for (const verb of sent) verbs.add(verb);
      const first = step.segments[0]?.bytes.pieces[0];
      openEnded ||= first !== undefined && !isFixed(first) && !first.secret;
      const last = sent.at(-1);
      if (last !== undefined) lastSent.set(step.label, last);
    }
    if (step.op === 'expect') {
      const verb = lastSent.get(step.label);
      if (verb !== undefined) answersTo.set(`${step.place.file}:${step.place.line}`, verb);
    }
  }
  return { verbs, phases, openEnded, answersTo };
}

/** Keywords at the beginnings of lines in the fixed text of a send. */
function verbsOf(step: Extract<Step, { op: 'send' }>): string[] {
  const text = step.segments
    .flatMap(({ bytes }) => bytes.pieces)
    .map((piece) => (isFixed(piece) ? piece.toString('latin1') : '\0'))
    .join('');
  return [...text.matchAll(/^([A-Za-z]{1,12})(?=[ \r\n]|$)/gm)].map(([, verb = '']) => verb.toUpperCase());
}
