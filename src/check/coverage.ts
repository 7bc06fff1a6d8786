import type { Case } from '../dialogue/library.js';
import type { Clause, ClauseRegister } from './clauses.js';
import type { CheckResult, ClauseInfo } from './result.js';

/** What is known of a clause that binds a server: a case tests it, a reason says why the wire cannot show it, or neither yet. */
export type Standing = 'tested' | 'reasoned' | 'open';

/** The clauses of one RFC that bind a server, in the order of the register, each with its standing among `cases`. */
export function standings(
  register: ClauseRegister,
  cases: readonly Case[],
  rfc: number,
): { clause: Clause; standing: Standing }[] {
  const cited = new Set(cases.flatMap((one) => one.clauses));
  return register.all
    .filter((clause) => clause.rfc === rfc && clause.binds !== 'client')
    .map((clause) => ({
      clause,
      standing: cited.has(clause.id) ? 'tested' : clause.seen === 'none' ? 'reasoned' : 'open',
    }));
}

/** For each RFC of the register: how many clauses bind a server, and how they stand. */
export function coverageOf(register: ClauseRegister, cases: readonly Case[]): CheckResult['coverage'] {
  return register.rfcs.map(({ rfc, title }) => {
    const here = standings(register, cases, rfc);
    const counted = (wanted: Standing) => here.filter(({ standing }) => standing === wanted).length;
    return {
      rfc,
      title,
      binding: here.length,
      tested: counted('tested'),
      notOnWire: counted('reasoned'),
    };
  });
}

/** The clauses that `cases` cite, for the result document; an id that the register lacks is left out. */
export function citedClauses(register: ClauseRegister, cases: readonly Case[]): ClauseInfo[] {
  const cited = new Set(cases.flatMap((one) => one.clauses));
  return register.all
    .filter((clause) => cited.has(clause.id))
    .map(({ id, rfc, section, level, basis, text, derived }) => ({
      id,
      rfc,
      section,
      level,
      basis,
      text,
      ...(derived === undefined ? {} : { derived }),
    }));
}
