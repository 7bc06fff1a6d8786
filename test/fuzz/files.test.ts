import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { afterAll, describe, expect } from 'vitest';
import { SuiteError } from '../../src/dialogue/errors.js';
import { loadLibrary } from '../../src/dialogue/library.js';
import { parseDialogue } from '../../src/dialogue/parse.js';
import { parseDocument, type ResultDocument } from '../../src/report/document.js';
import { ReportError } from '../../src/report/errors.js';
import { FORMATS } from '../../src/report/formats.js';
import { renderJson } from '../../src/report/json.js';
import { findJsonFault } from '../../src/report/json-fault.js';
import { render } from '../../src/report/reporters.js';
import { hostileCheck, sampleCheck, sampleLoad } from '../report/samples.js';
import { mutations, octets, property } from './property.js';

const library = loadLibrary('suites');
const dialogues = [...new Set(library.cases.map(({ dialogue }) => dialogue))];
const documents = [sampleCheck(), sampleLoad(2), hostileCheck()].map(renderJson);

/** Throws all that is no error of this kind, and that does not say what to do. */
function onlyThrows(kind: typeof SuiteError | typeof ReportError, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
    expect(error.message).not.toMatch(/(?<!received )undefined|\[object/);
  }
}

describe('a dialogue', () => {
  property(
    'any text is a dialogue or a mistake with its place',
    fc.oneof(octets, mutations(dialogues)),
    (text) => {
      onlyThrows(SuiteError, () => {
        const origin = { file: 'd.yaml', line: 1, column: 1 };
        try {
          library.compile(text, 'd.yaml');
          parseDialogue(text, origin);
        } catch (error) {
          if (error instanceof SuiteError) {
            expect(error.where.line).toBeGreaterThan(0);
            expect(error.where.column).toBeGreaterThan(0);
          }
          throw error;
        }
      });
    },
  );
});

describe('a suite file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'popspec-fuzz-'));
  for (const name of ['fragments.yaml', 'mail']) symlinkSync(resolve('suites', name), join(folder, name));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const suites = readdirSync('suites/rfc1939').map((file) =>
    readFileSync(join('suites/rfc1939', file), 'utf8'),
  );

  property(
    'any text is a suite or a mistake with its place',
    fc.oneof(octets, mutations(suites)),
    (text) => {
      writeFileSync(join(folder, 'suite.yaml'), text);
      onlyThrows(SuiteError, () => void loadLibrary(folder));
    },
    60,
  );
});

describe('a result document', () => {
  property(
    'any text is a result or is refused with a reason',
    fc.oneof(octets, mutations(documents)),
    (text) => {
      onlyThrows(ReportError, () => {
        const doc = parseDocument(text, 'run.json');
        expect(parseDocument(renderJson(doc), 'run.json')).toEqual(doc);
        expectReports(doc);
      });
      expect(findJsonFault(text).line).toBeGreaterThan(0);
    },
    100,
  );

  property(
    'with any text in its fields it is shown in every format',
    octets,
    (text) => {
      for (const json of documents.slice(0, 2)) {
        const doc = JSON.parse(json, (key, value: unknown) =>
          typeof value === 'string' && FREE.has(key) ? `${value}${text}` : value,
        ) as ResultDocument;
        expectReports(parseDocument(JSON.stringify(doc), 'run.json'));
      }
    },
    12,
  );
});

/** Fields whose texts come from servers, suites and people. */
const FREE = new Set([
  ...[
    'text',
    'actual',
    'reason',
    'message',
    'hint',
    'title',
    'why',
    'note',
    'source',
    'place',
    'greeting',
    'dialogue',
  ],
  ...['value', 'expression', 'url', 'host', 'tlsCipher', 'id'],
]);

/** Every format shows `doc` without letting anything of it act on its reader. */
function expectReports(doc: ResultDocument): void {
  for (const { format, appliesTo } of FORMATS) {
    if (!appliesTo.includes(doc.kind)) continue;
    const text = render(format, doc);
    expect(text.length).toBeGreaterThan(0);
    const found = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.exec(text);
    if (found !== null) expect.fail(`${format} holds ${JSON.stringify(found[0])} at ${found.index}`);
    if (format === 'junit') expect(XMLValidator.validate(text)).toBe(true);
    if (format === 'json' || format === 'autocannon') JSON.parse(text);
    if (format === 'html')
      expect(text.match(/<script>(?!\n|\(|'|"|const|document|for)/)?.[0]).toBeUndefined();
  }
}
