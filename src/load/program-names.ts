import type { Program, Step } from '../dialogue/program.js';
import { compileScenario } from '../dialogue/scenario.js';
import { isFixed } from '../dialogue/template.js';
import type { PlannedScenario } from './plan.js';

/** What a dialogue sends and expects where, so far as it can be known before it runs. */
export interface ProgramNames {
  readonly verbs: ReadonlySet<string>;
  readonly phases: ReadonlySet<string>;
  /** True when an expression makes a command: its verb is known only when it is sent. */
  readonly openEnded: boolean;
  /** The command that the line at `file:line` answers to, where that is the same on every way to it; none for a greeting. */
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
  const lastSent = new Map<string, { verb: string; at: number }>();
  const joins = joinsOf(program);
  const within: string[] = [];
  let openEnded = false;
  for (const [at, step] of program.steps.entries()) {
    if (step.op === 'phase') {
      phases.add(step.name);
      within.push(step.name);
    }
    if (step.op === 'phase-end') within.pop();
    if (step.op === 'connect') lastSent.delete(step.label);
    if (step.op === 'send') {
      const sent = verbsOf(step);
      for (const verb of sent) verbs.add(verb);
      const first = step.segments[0]?.bytes.pieces[0];
      // What a SASL exchange sends is made, too, but no command.
      openEnded ||= first !== undefined && !isFixed(first) && !within.includes('login');
      const last = sent.at(-1);
      if (last !== undefined) lastSent.set(step.label, { verb: last, at });
    }
    if (step.op === 'expect') {
      const sent = lastSent.get(step.label);
      const another = joins.some(
        ({ from, to }) => sent !== undefined && from < sent.at && to > sent.at && to <= at,
      );
      if (sent !== undefined && !another) answersTo.set(`${step.place.file}:${step.place.line}`, sent.verb);
    }
  }
  return { verbs, phases, openEnded, answersTo };
}

/** Ways forward that pass over steps: behind them another command may have been the last one. */
function joinsOf({ steps }: Program): { from: number; to: number }[] {
  return steps.flatMap((step, from) => {
    if (step.op === 'jump') return [{ from, to: step.to }];
    if (step.op === 'branch') return [{ from, to: step.otherwise }];
    if (step.op === 'loop') return [{ from, to: step.exit }];
    if (step.op === 'choose') return step.targets.map((to) => ({ from, to }));
    return step.op === 'expect' ? step.alternatives.map(({ next }) => ({ from, to: next })) : [];
  });
}

/** Keywords at the beginnings of lines in the fixed text of a send. */
function verbsOf(step: Extract<Step, { op: 'send' }>): string[] {
  const text = step.segments
    .flatMap(({ bytes }) => bytes.pieces)
    .map((piece) => (isFixed(piece) ? piece.toString('latin1') : '\0'))
    .join('');
  return [...text.matchAll(/^([A-Za-z]{1,12})(?=[ \r\n]|$)/gm)].map(([, verb = '']) => verb.toUpperCase());
}
