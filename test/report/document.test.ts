import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { suiteJsonSchema } from '../../src/dialogue/suite.js';
import { comparisonJsonSchema } from '../../src/report/comparison/document.js';
import { documentJsonSchema, parseDocument } from '../../src/report/document.js';
import { ReportError } from '../../src/report/errors.js';
import { renderJson } from '../../src/report/json.js';
import { findJsonFault } from '../../src/report/json-fault.js';
import { hostileDiagnosis, sampleDiagnosis } from './diagnose-samples.js';
import { ciCommands, hostileCheck, hostileLoad, sampleCheck, sampleLoad } from './samples.js';

const published = JSON.parse(
  readFileSync(new URL('../../reports/schema/result.schema.json', import.meta.url), 'utf8'),
) as object;

function refusal(text: string): ReportError {
  try {
    parseDocument(text, 'run.json');
  } catch (error) {
    if (error instanceof ReportError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('a result document', () => {
  it.each([
    ['check', sampleCheck()],
    ['load', sampleLoad(3)],
    ['hostile check', hostileCheck()],
    ['hostile load', hostileLoad()],
  ])('%s comes back from its JSON as it was', (_, doc) => {
    expect(parseDocument(renderJson(doc), 'run.json')).toEqual(doc);
  });

  it('shows no control octet and no bidirectional control in its JSON', () => {
    expect(renderJson(hostileCheck())).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    expect(ciCommands(renderJson(hostileCheck()))).toEqual([]);
  });

  it.each([
    ['check', sampleCheck()],
    ['load', sampleLoad(3)],
    ['hostile check', hostileCheck()],
    ['hostile load', hostileLoad()],
    ['diagnosis', sampleDiagnosis()],
    ['hostile diagnosis', hostileDiagnosis()],
    [
      'check that could not begin',
      sampleCheck({ cases: [], problem: { code: 'REFUSED', message: 'refused' } }),
    ],
  ])('%s fits the published schema, and with a wrong field it does not', (_, doc) => {
    const fits = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(published);
    const json = JSON.parse(renderJson(doc)) as object;
    expect(fits(json), JSON.stringify(fits.errors)?.slice(0, 500)).toBe(true);
    expect(fits({ ...json, startedAt: 7 })).toBe(false);
    expect(fits({ ...json, kind: 'other' })).toBe(false);
  });

  it('may begin with a byte order mark', () => {
    expect(parseDocument(`\ufeff${renderJson(sampleLoad(1))}`, 'run.json').kind).toBe('load');
  });

  it.each([
    ['', 'REPORT_TRUNCATED', 'run.json: the file is empty'],
    ['hello', 'REPORT_NOT_JSON', 'run.json:1:1: not JSON at "hello"'],
    ['<?xml version="1.0"?>', 'REPORT_NOT_JSON', 'run.json:1:1: not JSON'],
    ['{\n  "a": 1,\n  "b": x\n}', 'REPORT_NOT_JSON', 'run.json:3:8: not JSON at "x"'],
    ['{"a": "\x1b[31m"}', 'REPORT_NOT_JSON', 'run.json:1:7: not JSON at ""\\x1b[31m"'],
    ['[1, 2, 3]', 'REPORT_OTHER_KIND', 'run.json: JSON, but not a result of popspec'],
    ['null', 'REPORT_OTHER_KIND', 'run.json: JSON, but not a result of popspec'],
    ['{"kind":"check"}', 'REPORT_OTHER_KIND', 'it has no schemaVersion'],
    ['{"kind":"check","schemaVersion":2}', 'REPORT_VERSION', 'made by a newer popspec (schemaVersion 2'],
    [
      '{"kind":"matrix","schemaVersion":7,"tool":{"name":"popspec"}}',
      'REPORT_VERSION',
      'made by a newer popspec',
    ],
    ['{"kind":"load","schemaVersion":"one"}', 'REPORT_VERSION', 'schemaVersion "one" is not known'],
    ['{"kind":"load","schemaVersion":1}', 'REPORT_FIELD', 'run.json: not a valid load result: tool: '],
  ])('%j is refused as %s', (text, code, message) => {
    const error = refusal(text);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint).not.toBe('');
  });

  it('says the path of a wrong field', () => {
    const text = renderJson(sampleCheck()).replace('"verdict": "warn"', '"verdict": "great"');
    expect(refusal(text).message).toMatch(/cases\[3\]\.verdict: Invalid option/);
  });

  it('cut anywhere is called cut short, never anything else', () => {
    const text = renderJson(sampleLoad(1)).trimEnd();
    for (let at = 1; at < text.length; at += 41)
      expect(refusal(text.slice(0, at)).code).toBe('REPORT_TRUNCATED');
  });
});

describe('findJsonFault', () => {
  it.each([
    ['{"a" 1}', 1, 6, false],
    ['{"a":1,}', 1, 8, false],
    ['[1,\n2\n3]', 3, 1, false],
    ['{"a":1}}', 1, 8, false],
    ['{"a":tru', 1, 6, true],
    ['{"a":"b\\', 1, 6, true],
    ['{"a":01}', 1, 7, false],
  ])('%j: line %i column %i, truncated %s', (text, line, column, truncated) => {
    expect(findJsonFault(text)).toEqual({ line, column, truncated });
    expect(() => JSON.parse(text)).toThrow();
  });
});

describe('the published schemas', () => {
  it.each([
    ['result', documentJsonSchema()],
    ['suite', suiteJsonSchema()],
    ['comparison', comparisonJsonSchema()],
  ])('%s.schema.json is what the code gives (node scripts/schemas.mjs writes it)', (name, schema) => {
    const file = new URL(`../../reports/schema/${name}.schema.json`, import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
  });
});
