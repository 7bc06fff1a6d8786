// Writes the JSON Schemas in reports/schema/ from the code. Run after the build: node scripts/schemas.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { suiteJsonSchema } from '../dist/dialogue/suite.js';
import { comparisonJsonSchema } from '../dist/report/comparison/document.js';
import { documentJsonSchema } from '../dist/report/document.js';

const folder = new URL('../reports/schema/', import.meta.url);
mkdirSync(folder, { recursive: true });
const schemas = {
  suite: suiteJsonSchema(),
  result: documentJsonSchema(),
  comparison: comparisonJsonSchema(),
};
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(new URL(`${name}.schema.json`, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
