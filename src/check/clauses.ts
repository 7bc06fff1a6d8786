import { z } from 'zod';
import { SuiteError } from '../dialogue/errors.js';
import { readYamlFile, yamlFiles } from '../dialogue/yaml-file.js';

const sentence = z.string().trim().min(1);

const clauseSchema = z
  .strictObject({
    /** Stable, never reused: RFC, section, topic, number in the topic; a letter where one sentence became several. */
    id: z.string().regex(/^\d{4}-[\d.]+-[A-Z][A-Z0-9]*-\d+[a-z]?$/, 'expected an id like 1939-3-CONN-1'),
    section: z.string().regex(/^\d+(\.\d+)*$/, 'expected a section like "6.5", in quotes'),
    /** DESC is what an RFC states as plain fact; in RFC 1939, older than RFC 2119, most rules are of that kind. */
    level: z.enum(['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY', 'DESC']),
    /** What the level rests on; written only where `usualBasis` is not true of the clause. */
    basis: z.enum(['lower', 'implied']).optional(),
    /** A consequence of the RFC's sentences, not one of them. */
    derived: z.literal(true).optional(),
    binds: z.enum(['server', 'both', 'client']),
    text: sentence,
    /** How a violation looks on the wire; there unless `seen` is none. */
    breach: sentence.optional(),
    /** The most demanding thing that is needed to see a breach. */
    seen: z.enum(['wire', 'mail', 'second-session', 'tls', 'slow', 'none']),
    /** Why the wire cannot show it; there only if `seen` is none. */
    reason: sentence.optional(),
  })
  .superRefine((clause, context) => {
    if (clause.basis !== undefined && usualBasis(clause) === 'implied') {
      const message = 'is said of a level that is implied anyhow: leave it out';
      context.addIssue({ code: 'custom', path: ['basis'], message });
    }
    const [wanted, unwanted] =
      clause.seen === 'none' ? (['reason', 'breach'] as const) : (['breach', 'reason'] as const);
    if (clause[wanted] === undefined) {
      context.addIssue({ code: 'custom', path: ['seen'], message: `needs a "${wanted}" beside it` });
    }
    if (clause[unwanted] !== undefined) {
      context.addIssue({
        code: 'custom',
        path: [unwanted],
        message: `does not go with seen: ${clause.seen}`,
      });
    }
  });

/**
 * What a level rests on: `upper`, an upper-case word of RFC 2119; `lower`, a word such as must, may, required or recommended in
 * plain letters, as most of RFC 1939 has them; `implied`, what is stated as fact or follows from other rules.
 */
export type Basis = 'upper' | 'lower' | 'implied';

function usualBasis({ level, derived }: Pick<z.infer<typeof clauseSchema>, 'level' | 'derived'>): Basis {
  return level === 'DESC' || derived === true ? 'implied' : 'upper';
}

const registerFileSchema = z.strictObject({
  rfc: z.int().positive(),
  title: sentence,
  url: z.url(),
  clauses: z.array(clauseSchema).min(1),
});

/** One rule of one RFC, in our own words. */
export type Clause = Readonly<Omit<z.infer<typeof clauseSchema>, 'basis'>> & {
  readonly rfc: number;
  readonly basis: Basis;
};

/** An RFC that the register covers. */
export interface RegisteredRfc {
  readonly rfc: number;
  readonly title: string;
  readonly url: string;
}

/** All clauses that popspec knows, in ascending order of RFC and in the order of their files. */
export interface ClauseRegister {
  readonly byId: ReadonlyMap<string, Clause>;
  readonly all: readonly Clause[];
  readonly rfcs: readonly RegisteredRfc[];
}

/** `RFC 1939 §3`. */
export function clauseLabel(clause: Pick<Clause, 'rfc' | 'section'>): string {
  return `RFC ${clause.rfc} §${clause.section}`;
}

/**
 * Reads every `*.yaml` file of a folder, one file per RFC.
 * Throws a SuiteError with file, line and column at the first mistake.
 */
export function loadClauses(dir: string): ClauseRegister {
  const byId = new Map<string, Clause>();
  const rfcs: RegisteredRfc[] = [];
  for (const file of yamlFiles(dir, 'the clause register')) {
    const { data: register, placeOf } = readYamlFile(file, registerFileSchema);
    const { rfc, title, url } = register;
    if (rfcs.some((known) => known.rfc === rfc)) {
      throw new SuiteError(`RFC ${rfc} already has a file in this folder`, placeOf(['rfc']));
    }
    rfcs.push({ rfc, title, url });
    for (const [index, clause] of register.clauses.entries()) {
      const place = () => placeOf(['clauses', index, 'id']);
      if (!clause.id.startsWith(`${rfc}-${clause.section}-`)) {
        throw new SuiteError(
          `clause ${clause.id} is filed under RFC ${rfc} section ${clause.section}`,
          place(),
        );
      }
      if (byId.has(clause.id)) throw new SuiteError(`clause ${clause.id} is there twice`, place());
      byId.set(clause.id, { rfc, ...clause, basis: clause.basis ?? usualBasis(clause) });
    }
  }
  rfcs.sort((a, b) => a.rfc - b.rfc);
  const all = [...byId.values()].sort((a, b) => a.rfc - b.rfc);
  return { byId, all, rfcs };
}
