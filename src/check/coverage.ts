import type { Case } from '../dialogue/library.js';
import type { ClauseRegister } from './clauses.js';
import type { CheckResult, ClauseInfo } from './result.js';

/** For each RFC of the register: the clauses that bind a server, and how many of them a case of `cases` cites. */
export function coverageOf(register: ClauseRegister, cases: readonly Case[]): CheckResult['coverage'] {
  const cited = new Set(cases.flatMap((one) => one.clauses));
  return register.rfcs.map(({ rfc, title }) => {
    const binding = register.all.filter((clause) => clause.rfc === rfc && clause.binds !== 'client');
    return {
      rfc,
      title,
      binding: binding.length,
      tested: binding.filter((clause) => cited.has(clause.id)).length,
      notOnWire: binding.filter((clause) => clause.seen === 'none' && !cited.has(clause.id)).length,
    };
  });
}

/** The clauses that `cases` cite, for the result document; an id that the register lacks is left out. */
export function citedClauses(register: ClauseRegister, cases: readonly Case[]): ClauseInfo[] {
  const cited = new Set(cases.flatMap((one) => one.clauses));
  return register.all
    .filter((clause) => cited.has(clause.id))
    .map(({ id, rfc, section, level, text, derived }) => ({
      id,
      rfc,
      section,
      level,
      text,
      ...(derived === undefined ? {} : { derived }),
    }));
}
