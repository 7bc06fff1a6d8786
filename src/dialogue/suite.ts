import { z } from 'zod';

/** The YAML head of suite files. docs/dialogue.md explains each key; reports/schema/suite.schema.json is made of this. */

const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected a slug such as drop-listing');
const line = z.string().trim().min(1);
const dialogueText = z.string().min(1).describe('The dialogue, as docs/dialogue.md describes it');
const clauseId = z
  .string()
  .regex(/^\d{4}-[\d.]+-[A-Z][A-Z0-9]*-\d+[a-z]?$/, 'expected a clause id such as 1939-5-STAT-3');
const faultId = slug.describe('A fault of the embedded server that the case must catch');

/** What is the same for all rows, or `{column}` where each row has its own. */
const clauseOrColumn = z
  .string()
  .regex(
    /^(\d{4}-[\d.]+-[A-Z][A-Z0-9]*-\d+[a-z]?|\{[a-z_]\w*\})$/,
    'expected a clause id such as 1939-5-STAT-3',
  );
const faultOrColumn = z
  .string()
  .regex(/^([a-z0-9]+(-[a-z0-9]+)*|\{[a-z_]\w*\})$/, 'expected a slug such as drop-listing')
  .describe('A fault of the embedded server that the case must catch');

export const levelSchema = z.enum(['MUST', 'SHOULD', 'MAY', 'SECURITY', 'QUIRK']);
export type Level = z.infer<typeof levelSchema>;

const needsSchema = z.strictObject({
  mail: z
    .array(z.string().regex(/^[a-z0-9-]+\.eml$/, 'expected the name of a file in suites/mail/'))
    .optional(),
  messages: z.int().min(1).max(100).optional(),
  empty: z.literal(true).optional(),
  users: z.literal(2).optional(),
  account: z.enum(['utf8', 'spaces']).optional(),
  delivery: z.literal(true).optional(),
  deletion: z.literal(true).optional(),
  exposure: z.literal(true).optional(),
  capability: z.array(line).optional(),
});
export type Needs = z.infer<typeof needsSchema>;

const rowValue = z.union([z.string(), z.int()]);
const rowSchema = z
  .object({ row: slug, clauses: z.array(clauseId).optional(), catches: z.array(faultId).optional() })
  .catchall(rowValue);
export type Row = z.infer<typeof rowSchema>;
const rowsSchema = z.array(rowSchema).min(1);
const tableName = z.string().regex(/^[a-z]\w*$/, 'expected a name such as capabilities');

const caseSchema = z.strictObject({
  id: slug,
  title: line,
  clauses: z.array(clauseOrColumn).min(1),
  level: levelSchema.default('MUST'),
  why: line.optional(),
  state: z.enum(['none', 'authorization', 'transaction']).default('transaction'),
  needs: needsSchema.default({}),
  slow: z.literal(true).optional(),
  tags: z.array(slug).default([]),
  catches: z.array(faultOrColumn).default([]),
  each: rowsSchema.optional(),
  table: tableName.optional(),
  where: line.optional(),
  invariant: z
    .strictObject({ every: z.enum(['reply', 'body']), holds: line, reason: line.optional() })
    .optional(),
  dialogue: dialogueText,
});
export type CaseHead = z.infer<typeof caseSchema>;

const scenarioSchema = z.strictObject({
  id: slug,
  title: line,
  about: line.optional(),
  deletes: z.boolean().default(false),
  thresholds: z.array(line).default([]),
  dialogue: dialogueText,
});
export type ScenarioHead = z.infer<typeof scenarioSchema>;

const optionValue = z.union([z.string(), z.number()]);
const profileSchema = z.strictObject({
  title: line,
  about: line.optional(),
  scenarios: z
    .record(z.string(), z.number().positive())
    .refine((weights) => Object.keys(weights).length > 0, 'expected a scenario and its weight')
    .describe('Weights by id: of this file, or load/…'),
  thresholds: z.array(line).default([]),
  rate: optionValue.optional(),
  'max-sessions': z.int().min(1).optional(),
  poisson: z.boolean().optional(),
  sessions: z.int().min(1).optional(),
  ramp: optionValue.optional(),
  pacing: optionValue.optional(),
  duration: optionValue.optional(),
  warmup: optionValue.optional(),
  count: z.int().min(1).optional(),
  mailbox: z
    .strictObject({
      messages: z.int().min(0).max(100_000),
      octets: z.array(z.int().min(100).max(50_000_000)).min(1),
    })
    .optional()
    .describe('What a maildrop of the embedded server holds: so many messages, of these sizes in turn'),
});
export type ProfileHead = z.infer<typeof profileSchema>;

const fragments = z.record(slug, dialogueText).optional();

/** A suite file: cases, load scenarios, a load profile, or only fragments. */
export const suiteSchema = z.strictObject({
  title: line,
  about: line.optional(),
  fragments,
  tables: z.record(tableName, rowsSchema).optional(),
  cases: z.array(caseSchema).min(1).optional(),
  scenarios: z.array(scenarioSchema).min(1).optional(),
  profile: profileSchema.optional(),
});
export type SuiteFile = z.infer<typeof suiteSchema>;

/** The JSON Schema (draft 2020-12) of suite files, for editors. */
export function suiteJsonSchema(): unknown {
  return z.toJSONSchema(suiteSchema, { io: 'input' });
}
