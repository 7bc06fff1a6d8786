import { readFileSync } from 'node:fs';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { RunDocument } from '../../src/report/document.js';
import { renderJunit } from '../../src/report/junit.js';
import {
  ciCommands,
  hostileCheck,
  hostileLoad,
  sampleCase,
  sampleCheck,
  sampleLoad,
  sampleWithBaseline,
} from './samples.js';

interface TestCase {
  '@name': string;
  '@classname': string;
  '@time': string;
  failure?: { '@message': string; '#text': string };
  error?: { '@message': string };
  skipped?: { '@message': string };
  'system-out'?: string;
}
interface TestSuite {
  '@name': string;
  '@tests': string;
  '@failures': string;
  '@errors': string;
  '@skipped': string;
  properties?: { property: { '@name': string; '@value': string }[] };
  testcase: TestCase[];
  'system-out'?: string;
}

function parse(doc: RunDocument): {
  totals: Record<string, string>;
  suites: TestSuite[];
  cases: TestCase[];
} {
  const xml = renderJunit(doc);
  expect(XMLValidator.validate(xml)).toBe(true);
  // XML 1.0 §2.2: no other character may stand in a document, not even as a reference.
  expect(xml).not.toMatch(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
  expect(xml).not.toMatch(/&#x?(?:0|1|7|8|b|c|e|f)\b/i);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    trimValues: false,
    isArray: (name) => name === 'testsuite' || name === 'testcase' || name === 'property',
  });
  const root = parser.parse(xml).testsuites as Record<string, string> & { testsuite: TestSuite[] };
  return { totals: root, suites: root.testsuite, cases: root.testsuite.flatMap(({ testcase }) => testcase) };
}

describe('JUnit of a check', () => {
  const { totals, suites, cases } = parse(sampleCheck());
  const named = (name: string) => cases.find((test) => test['@name'] === name);

  it('keeps failure, error and skipped apart', () => {
    expect(named('byte-stuffing')?.failure?.['@message']).toBe('LIST announced another size than RETR sent');
    expect(named('byte-stuffing')?.failure?.['#text']).toContain('value:    octets(body) = 118');
    expect(named('before-login')?.error?.['@message']).toContain('no answer came twice');
    expect(named('injection')?.error).toBeDefined();
    expect(named('rset-undoes')?.skipped?.['@message']).toContain('blocked: the case deletes');
    expect(named('three-commands')?.skipped?.['@message']).toContain('unsupported: ');
    const warned = named('no-text-behind');
    expect(warned?.failure ?? warned?.error ?? warned?.skipped).toBeUndefined();
    expect(warned?.['system-out']).toContain('warn: text after the size is discouraged');
  });

  it('counts what it holds', () => {
    const total = (name: '@tests' | '@failures' | '@errors' | '@skipped') =>
      suites.reduce((sum, suite) => sum + Number(suite[name]), 0);
    expect(totals['@tests']).toBe('69');
    expect([total('@tests'), total('@failures'), total('@errors'), total('@skipped')]).toEqual([69, 3, 2, 2]);
    expect(cases.filter(({ failure }) => failure !== undefined)).toHaveLength(3);
    expect(cases.filter(({ error }) => error !== undefined)).toHaveLength(2);
    expect(cases).toHaveLength(69);
  });

  it('names cases by file and id, never by position', () => {
    expect(named('byte-stuffing')?.['@classname']).toBe('rfc1939.retr');
    const elsewhere = sampleCheck();
    const moved = elsewhere.cases
      .map((result) => ({ ...result, place: `/opt/popspec/${result.place}` }))
      .reverse();
    const names = (list: TestCase[]) => list.map((test) => `${test['@classname']} ${test['@name']}`).sort();
    expect(names(parse({ ...elsewhere, cases: moved }).cases)).toEqual(names(cases));
  });

  it('has the transcript in system-out, times in seconds, and target and version as properties', () => {
    expect(named('byte-stuffing')?.['system-out']).toMatch(/> +3\.4 ms {2}S: \+OK 412 octets/);
    expect(named('byte-stuffing')?.['system-out']).toContain('S: \\tlast line\\n');
    expect(named('byte-stuffing')?.['@time']).toBe('0.013');
    const properties = new Map(suites[0]?.properties?.property.map((one) => [one['@name'], one['@value']]));
    expect(properties.get('target')).toBe('pop3://mail.example:1110');
    expect(properties.get('popspec.version')).toBe('0.1.0');
  });

  it('has the name of the target in front where there are several, each with a file of its own', () => {
    const doc = sampleCheck();
    const named = parse({ ...doc, target: { ...doc.target, name: 'old' } });
    expect(new Set(named.cases.map((test) => test['@classname']?.split('.')[0]))).toEqual(new Set(['old']));
  });

  it('is an error when the run could not begin', () => {
    const problem = { code: 'REFUSED', message: 'connection refused' };
    const parsed = parse(sampleCheck({ cases: [], problem, exit: { code: 3, reason: 'refused' } }));
    expect(parsed.totals['@errors']).toBe('1');
    expect(parsed.cases[0]?.error?.['@message']).toBe('connection refused');
  });
});

describe('JUnit of a load run', () => {
  it('has each threshold as a test, and the errors with transcript', () => {
    const { totals, suites, cases } = parse(sampleLoad(3));
    expect([totals['@tests'], totals['@failures'], totals['@errors']]).toEqual(['4', '1', '0']);
    expect(cases.find((test) => test['@name'] === 'session.p99 < 200ms')?.failure?.['@message']).toBe(
      'is 241 ms',
    );
    expect(suites[0]?.['system-out']).toContain('12 x -ERR [IN-USE]');
    expect(suites[0]?.['system-out']).toContain('C: AUTH PLAIN');
  });

  it('is an error when the run is invalid', () => {
    const { cases } = parse(sampleLoad(1, { exit: { code: 5, reason: 'saturated' } }));
    expect(cases[0]?.error).toBeDefined();
  });
});

describe('JUnit by xmllint', () => {
  const schema = readFileSync(new URL('./junit.xsd', import.meta.url), 'utf8');
  const errorsOf = async (xml: string) => {
    const contents = Buffer.from(xml);
    const { errors } = await validateXML({ xml: { fileName: 'report.xml', contents }, schema });
    return errors.map(({ message }) => message);
  };
  const unreachable = { code: 'REFUSED', message: 'connection refused', hint: 'is it running?' };
  const several = sampleCheck();

  it.each<[string, RunDocument]>([
    ['a check', sampleCheck()],
    ['a check with a baseline', sampleWithBaseline()],
    ['a check of one of several targets', { ...several, target: { ...several.target, name: 'old' } }],
    ['a check that could not begin', sampleCheck({ cases: [], problem: unreachable })],
    ['a load run', sampleLoad(3)],
    ['a load run without thresholds', sampleLoad(2, { thresholds: [], errors: [] })],
    ['an invalid load run', sampleLoad(1, { exit: { code: 5, reason: 'saturated' } })],
    ['a hostile check', hostileCheck()],
    ['a hostile load run', hostileLoad()],
  ])('%s is valid', async (_, doc) => {
    expect(await errorsOf(renderJunit(doc))).toEqual([]);
  });

  it.each([
    ['two outcomes', '<failure ', '<skipped message="x"/><failure '],
    ['a count that is none', ' tests="69"', ' tests="many"'],
    ['two tests of one name', /<testcase name="byte-stuffing"[\s\S]*?<\/testcase>/, '$&$&'],
    ['an unknown attribute', '<testcase ', '<testcase colour="red" '],
  ])('%s is not', async (_, pattern, replacement) => {
    const xml = renderJunit(sampleCheck());
    const broken = xml.replace(pattern, replacement);
    expect(broken).not.toBe(xml);
    expect(await errorsOf(broken)).not.toEqual([]);
  });
});

describe('JUnit of hostile results', () => {
  it.each([
    ['check', hostileCheck()],
    ['load', hostileLoad()],
  ])('%s parses, and attributes stay bounded', (_, doc) => {
    const { cases } = parse(doc);
    expect(cases.length).toBeGreaterThan(1);
    const xml = renderJunit(doc);
    for (const [, value = ''] of xml.matchAll(/="([^"]*)"/g)) expect(value.length).toBeLessThan(3_000);
    expect(xml.length).toBeLessThan(2_000_000);
    expect(xml).toContain('\\x1b[31m');
  });

  it.each([
    ['check', hostileCheck()],
    ['load', hostileLoad()],
  ])('%s holds nothing that Jenkins, GitLab or GitHub carry out', (_, doc) => {
    const xml = renderJunit(doc);
    expect(ciCommands(xml)).toEqual([]);
    expect(xml.includes('[[ATTACHMENT')).toBe(false);
  });

  it('stays below what GitLab takes when a server breaks a hundred thousand cases', () => {
    const [hostile] = hostileCheck().cases;
    const xml = (howMany: number) =>
      renderJunit(
        sampleCheck({
          cases: Array.from({ length: howMany }, (_, index) =>
            sampleCase({ ...hostile, id: `rfc1939/hostile/case-${index}` }),
          ),
        }),
      );
    const [few, many] = [xml(5_000), xml(6_000)];
    expect(many.match(/<failure /g)).toHaveLength(6_000);
    // What is told of every case beyond those that have their texts.
    const each = (many.length - few.length) / 1_000;
    expect(few.length + each * 95_000).toBeLessThan(30_000_000);
  });
});
