import { z } from 'zod';
import { checkComparisonSchema } from '../../check/comparison.js';
import { loadComparisonSchema } from '../../load/comparison/result.js';

export const comparisonSchema = z.discriminatedUnion('of', [checkComparisonSchema, loadComparisonSchema]);

/** What `popspec compare` comes to: every report on it is made from this and from nothing else. */
export type Comparison = z.infer<typeof comparisonSchema>;

/** The JSON Schema (draft 2020-12), as published in reports/schema/comparison.schema.json. */
export function comparisonJsonSchema(): object {
  return {
    title: 'popspec comparison',
    description: 'What `popspec compare` writes with --report json.',
    ...z.toJSONSchema(comparisonSchema, { target: 'draft-2020-12' }),
  };
}
