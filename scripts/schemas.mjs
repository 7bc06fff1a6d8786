// Writes the JSON Schemas in reports/schema/ from the code. Run after the build: node scripts/schemas.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { suiteJsonSchema } from '../dist/dialogue/suite.js';
import { documentJsonSchema } from '../dist/report/document.js';

const folder = new URL('../reports/schema/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries({ suite: suiteJsonSchema(), result: documentJsonSchema() })) {
  writeFileSync(new URL(`${name}.schema.json`, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
