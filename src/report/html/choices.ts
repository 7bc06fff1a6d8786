import type { CaseResult, CheckResult, ClauseInfo } from '../../check/result.js';
import { clauseIndex, LEVELS } from '../check-view.js';
import { commandsOf } from '../commands.js';
import { VERDICT_INFO } from '../verdicts.js';
import type { Choice } from './tools.js';

type Clauses = ReadonlyMap<string, ClauseInfo>;

/** RFC of a case for the filter: that of its first clause which the document describes. */
function rfcOf(result: CaseResult, clauses: Clauses): string {
  const known = result.clauses.map((id) => clauses.get(id)).find((clause) => clause !== undefined);
  return known === undefined ? 'other' : String(known.rfc);
}

/** The words by which the filter finds some cases: verdicts, `known`, levels, RFCs and commands. None of them means two things. */
export function filterKeys(cases: readonly CaseResult[], clauses: Clauses): string {
  const words = cases.flatMap((result) => [
    result.verdict,
    result.level,
    rfcOf(result, clauses),
    ...(result.known === undefined ? [] : ['known']),
    ...commandsOf(result),
  ]);
  return [...new Set(words)].join(' ');
}

/** The lists of the filter: what the cases of these checks have of each kind. */
export function caseChoices(docs: readonly CheckResult[]): Choice[] {
  const verdicts = new Set<string>();
  const levels = new Set<string>();
  const rfcs = new Set<string>();
  const commands = new Set<string>();
  for (const doc of docs) {
    const clauses = clauseIndex(doc);
    for (const result of doc.cases) {
      verdicts.add(result.verdict);
      if (result.known !== undefined) verdicts.add('known');
      levels.add(result.level);
      rfcs.add(rfcOf(result, clauses));
      for (const command of commandsOf(result)) commands.add(command);
    }
  }
  const asTheyAre = (values: readonly string[]) => values.map((value) => [value, value] as const);
  const words = [...VERDICT_INFO.map(({ verdict }) => verdict), 'known'];
  return [
    { name: 'verdict', any: 'every verdict', values: asTheyAre(words.filter((word) => verdicts.has(word))) },
    { name: 'level', any: 'every level', values: asTheyAre(LEVELS.filter((level) => levels.has(level))) },
    {
      name: 'RFC',
      any: 'every RFC',
      // "other" sorts behind the numbers.
      values: [...rfcs].sort().map((rfc) => [rfc, rfc === 'other' ? rfc : `RFC ${rfc}`] as const),
    },
    { name: 'command', any: 'every command', values: asTheyAre([...commands].sort()) },
  ];
}
