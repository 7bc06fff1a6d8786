import { type Basis, type Clause, type ClauseRegister, clauseLabel } from '../check/clauses.js';
import { coverageOf, standings } from '../check/coverage.js';
import { matches, selectCases } from '../check/selection.js';
import type { Case, Library, Profile } from '../dialogue/library.js';
import { nearMatches } from '../near-matches.js';
import { faultById, faults } from '../serve/faults/index.js';
import { type Hostile, hostiles } from '../serve/hostile/index.js';
import { type Personality, personalities, personalityById } from '../serve/personalities/index.js';
import { EXIT, UsageError } from './exit-codes.js';
import { loadRegister, loadSuites } from './suites.js';
import { several } from './values.js';

/** `popspec list`: one line each. */
export async function listCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  if (args.faults === true)
    return print(
      faults.map(({ id, title, clause, area }) => ({ id, title, clause, area })),
      args,
    );
  if (args.personalities === true)
    return print(
      personalities.map(({ id, speaks, title, quirks, firstCause }) => ({
        id,
        kind: speaks,
        title,
        quirks,
        firstCause,
      })),
      args,
    );
  if (args.hostile === true)
    return print(
      hostiles.map(({ id, title, parameter }) => ({ id, title: titleOf(title, parameter) })),
      args,
    );
  const { library } = loadSuites(args);
  if (args.scenarios === true)
    return print(
      [
        ...library.scenarios.map(({ id, title }) => ({ id, kind: 'scenario', title })),
        ...library.profiles.map(({ id, title }) => ({ id, kind: 'profile', title })),
      ],
      args,
    );
  const cases = selectCases(library.cases, several(args.only), several(args.skip));
  return print(
    cases.map(({ id, level, title, clauses, slow }) => ({ id, level, title, clauses, slow })),
    args,
  );
}

function titleOf(title: string, parameter: Hostile['parameter']): string {
  return parameter === undefined ? title : `${title} (=NUMBER: ${parameter.means}; ${parameter.usual})`;
}

function print(
  rows: readonly { id: string; title: string; level?: string; kind?: string }[],
  args: Readonly<Record<string, unknown>>,
): number {
  if (args.json === true) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else {
    const width = Math.min(60, Math.max(...rows.map(({ id }) => id.length)));
    for (const { id, title, level, kind } of rows) {
      const column = level ?? kind;
      process.stdout.write(
        `${id.padEnd(width)}  ${column === undefined ? '' : `${column.padEnd(8)}  `}${title}\n`,
      );
    }
    process.stderr.write(`${rows.length} in all\n`);
  }
  return EXIT.passed;
}

/** `popspec explain`: everything that is known of a case, a clause, an RFC, a scenario, a fault or a personality. */
export async function explainCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  const { library, dir } = loadSuites(args);
  const register = loadRegister(dir);
  const texts = several(args.id).map((id) => explain(id, library, register));
  process.stdout.write(`${texts.join('\n\n')}\n`);
  return EXIT.passed;
}

function explain(id: string, library: Library, register: ClauseRegister): string {
  const cases = library.cases.filter((one) => one.id === id || one.id.startsWith(`${id}/`));
  const [first] = cases;
  if (first !== undefined && (cases.length === 1 || first.id.startsWith(`${id}/`))) {
    if (cases.every((one) => one.dialogue === first.dialogue)) return explainCase(cases, register);
    if (!/^rfc\d+$/.test(id)) return cases.map((one) => `${one.id}  ${one.title}`).join('\n');
  }
  const clause = register.byId.get(id);
  if (clause !== undefined) return explainClause(clause, library);
  const rfc = /^rfc(\d+)$/i.exec(id)?.[1];
  if (rfc !== undefined) return explainRfc(Number(rfc), library, register);
  const scenario = library.scenarios.find((one) => one.id === id);
  if (scenario !== undefined) {
    const thresholds =
      scenario.thresholds.length === 0 ? '' : `\nthresholds  ${scenario.thresholds.join(', ')}`;
    return `${scenario.id}\n${scenario.title}${thresholds}\n\n${indented(scenario.dialogue)}`;
  }
  const profile = library.profiles.find((one) => one.id === id);
  if (profile !== undefined) return explainProfile(profile);
  const fault = faultById(id);
  if (fault !== undefined) {
    const caughtBy = library.cases.filter((one) => one.catches.includes(id)).map((one) => `  ${one.id}`);
    return [`fault ${fault.id}`, fault.title, `clause  ${fault.clause}`, 'caught by', ...caughtBy].join('\n');
  }
  const personality = personalityById(id);
  if (personality !== undefined) return explainPersonality(personality);
  const names = [
    ...library.cases.map((one) => one.id),
    ...library.scenarios.map((one) => one.id),
    ...library.profiles.map((one) => one.id),
    ...register.byId.keys(),
    ...faults.map((one) => one.id),
    ...personalities.map((one) => one.id),
  ];
  const near = nearMatches(id, names);
  const hint = near.length === 0 ? 'popspec list shows the cases' : `did you mean ${near.join(' or ')}?`;
  throw new UsageError(`"${id}" is no case, clause, RFC, scenario, profile, fault or personality`, hint);
}

function explainPersonality({ id, title, speaks, quirks, firstCause, faults = [] }: Personality): string {
  return [
    `personality ${id}`,
    title,
    `speaks  ${speaks}`,
    ...quirks.flatMap(({ text, source }) => [`  ${text}`, `    ${source}`]),
    ...(faults.length === 0 ? [] : [`faults  ${faults.join(', ')}`]),
    `popspec diagnose says  ${firstCause ?? 'nothing is wrong'}`,
  ].join('\n');
}

function explainProfile({ id, title, scenarios, options, thresholds }: Profile): string {
  const weights = scenarios.map(({ scenario, weight }) => `  ${weight}  ${scenario.id}`);
  const given = Object.entries(options).map(([name, value]) => `  --${name} ${value}`);
  const limits = thresholds.map((text) => `  ${text}`);
  return [
    `profile ${id}`,
    title,
    'scenarios, with weights',
    ...weights,
    'options',
    ...given,
    'thresholds',
    ...limits,
  ].join('\n');
}

function explainCase(cases: readonly Case[], register: ClauseRegister): string {
  const [one] = cases;
  if (one === undefined) return '';
  const clauses = [...new Set(cases.flatMap((each) => each.clauses))].map((id) => {
    const clause = register.byId.get(id);
    return clause === undefined
      ? `  ${id}`
      : `  ${id}  ${clauseLabel(clause)}, ${clause.level}: ${clause.text}`;
  });
  const catches = [...new Set(cases.flatMap((each) => each.catches))];
  return [
    ...cases.map((each) => `${each.id}\n  ${each.title}`),
    '',
    `level    ${one.level}`,
    ...(one.why === undefined ? [] : [`why      ${one.why}`]),
    `state    ${one.state}`,
    ...(Object.keys(one.needs).length === 0 ? [] : [`needs    ${JSON.stringify(one.needs)}`]),
    `place    ${one.place.file}:${one.place.line}`,
    'clauses',
    ...clauses,
    ...(catches.length === 0 ? [] : [`catches  ${catches.join(', ')}`]),
    ...(one.invariant === undefined
      ? []
      : [`rule     every ${one.invariant.every} of the run: ${one.invariant.holds.source}`]),
    'dialogue',
    indented(one.dialogue),
  ].join('\n');
}

function explainClause(clause: Clause, library: Library): string {
  const cases = library.cases.filter((one) => matches(one, clause.id)).map((one) => `  ${one.id}`);
  const { breach, reason } = clause;
  return [
    `${clause.id}  ${clauseLabel(clause)}, ${levelWithBasis(clause)}, binds ${clause.binds}`,
    clause.text,
    ...(breach === undefined ? [] : [`breach   ${breach}`]),
    ...(reason === undefined ? [] : [`not on the wire: ${reason}`]),
    cases.length === 0 ? 'no case tests it' : 'tested by',
    ...cases,
  ].join('\n');
}

const BASES: Readonly<Record<Basis, string>> = {
  upper: 'in an upper-case word of RFC 2119',
  lower: 'in a word of plain letters',
  implied: 'stated as fact',
};

function levelWithBasis({ level, basis, derived }: Clause): string {
  return `${level} (${derived === true ? 'derived from other clauses' : BASES[basis]})`;
}

function explainRfc(rfc: number, library: Library, register: ClauseRegister): string {
  const row = coverageOf(register, library.cases).find((one) => one.rfc === rfc);
  if (row === undefined)
    throw new UsageError(
      `RFC ${rfc} is not in the register`,
      `known: ${register.rfcs.map((one) => one.rfc).join(', ')}`,
    );
  const all = standings(register, library.cases, rfc);
  const sections = [...new Set(all.map(({ clause }) => clause.section))];
  const lines = sections.map((section) =>
    tally(
      `§${section}`,
      all.filter(({ clause }) => clause.section === section),
    ),
  );
  const open = all.filter(({ standing }) => standing === 'open').map(({ clause }) => `  ${clause.id}`);
  return [
    `RFC ${rfc}  ${row.title}`,
    `clauses that bind a server, how many of them a case tests, and for how many a reason says why the wire cannot show them`,
    ...lines,
    tally('in all', all),
    ...(open.length === 0 ? [] : ['neither tested nor reasoned', ...open]),
  ].join('\n');
}

function tally(name: string, clauses: ReturnType<typeof standings>): string {
  const [tested, reasoned] = (['tested', 'reasoned'] as const).map(
    (wanted) => clauses.filter(({ standing }) => standing === wanted).length,
  );
  return `  ${name.padEnd(8)} ${String(clauses.length).padStart(4)} binding  ${String(tested).padStart(4)} tested  ${String(reasoned).padStart(4)} reasoned`;
}

function indented(dialogue: string): string {
  return dialogue
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
