import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clauseLabel, loadClauses } from '../../src/check/clauses.js';
import { coverageOf, standings } from '../../src/check/coverage.js';
import { SuiteError } from '../../src/dialogue/errors.js';
import { loadLibrary } from '../../src/dialogue/library.js';

const suites = fileURLToPath(new URL('../../suites', import.meta.url));
const register = loadClauses(join(suites, 'clauses'));
const { cases } = loadLibrary(suites);

describe('the clause register', () => {
  it('has every clause of the RFCs it covers', () => {
    const counts = register.rfcs.map(({ rfc }) => [
      rfc,
      register.all.filter((clause) => clause.rfc === rfc).length,
    ]);
    expect(counts).toEqual([
      [1734, 15],
      [1939, 222],
      [2195, 7],
      [2449, 84],
      [2595, 42],
      [3206, 14],
      [4013, 3],
      [4422, 4],
      [4616, 12],
      [5034, 52],
      [5802, 21],
      [6856, 49],
      [7628, 9],
      [7677, 2],
      [8314, 50],
    ]);
  });

  it('finds each clause by its id', () => {
    expect(register.byId.size).toBe(register.all.length);
    for (const clause of register.all) expect(register.byId.get(clause.id)).toBe(clause);
  });

  it('has ids that name RFC, section, topic and number', () => {
    for (const { id, rfc, section } of register.all) {
      expect(id).toMatch(/^\d{4}-[\w.]+-[A-Z][A-Z0-9]*-\w+$/);
      expect(id.startsWith(`${rfc}-${section}-`)).toBe(true);
    }
  });

  it('says of each clause how a breach looks, or why the wire cannot show one', () => {
    for (const { id, seen, breach, reason } of register.all) {
      expect(breach === undefined, id).toBe(seen === 'none');
      expect(reason === undefined, id).toBe(seen !== 'none');
    }
  });

  it('is cited by cases that each say why it matters to somebody who reads mail', () => {
    expect(cases.filter(({ why }) => why === undefined).map(({ id }) => id)).toEqual([]);
  });

  it('leaves what binds the client alone to reasons', () => {
    const seen = register.all.filter(({ binds }) => binds === 'client').map((clause) => clause.seen);
    expect(new Set(seen)).toEqual(new Set(['none']));
  });

  it('is written in whole sentences, each said once', () => {
    for (const { id, text, breach, reason } of register.all) {
      expect(text, id).toMatch(/^[A-Z"][^\n]*\.$/);
      expect(breach ?? reason, id).toMatch(/^[A-Z"][^\n]*\.$/);
    }
    expect(new Set(register.all.map(({ text }) => text)).size).toBe(register.all.length);
  });

  it('names the RFCs with a title and an address', () => {
    for (const { rfc, url } of register.rfcs) expect(url).toBe(`https://www.rfc-editor.org/rfc/rfc${rfc}`);
  });

  it('labels a clause by RFC and section', () => {
    expect(clauseLabel(register.byId.get('1939-3-CONN-1')!)).toBe('RFC 1939 §3');
    expect(clauseLabel(register.byId.get('2449-8.1.2-IU-2')!)).toBe('RFC 2449 §8.1.2');
  });
});

describe('what a level rests on', () => {
  const basisOf = (id: string) => register.byId.get(id)?.basis;

  it('is an upper-case word where the RFC demands or allows, unless the register says otherwise', () => {
    expect(basisOf('1939-3-STATE-5')).toBe('upper');
    expect(basisOf('1939-6-QUIT-4')).toBe('lower');
    expect(basisOf('1939-7-UIDL-6')).toBe('implied');
    expect(basisOf('2449-8.1.1-LD-3')).toBe('lower');
  });

  it('is implied for plain facts and for what follows from other clauses', () => {
    const implied = register.all.filter(({ level, derived }) => level === 'DESC' || derived === true);
    expect(new Set(implied.map(({ basis }) => basis))).toEqual(new Set(['implied']));
  });
});

describe('the clauses that bind a server', () => {
  it.each(register.rfcs.map(({ rfc }) => rfc))('of RFC %i have a case, or a reason why not', (rfc) => {
    const open = standings(register, cases, rfc)
      .filter(({ standing }) => standing === 'open')
      .map(({ clause }) => clause.id);
    expect(open).toEqual([]);
  });

  it('are counted in docs/coverage.md, which `vitest -u` writes anew', async () => {
    const sections = coverageOf(register, cases).map(({ rfc, title, binding, tested, notOnWire }) => {
      const reasons = standings(register, cases, rfc)
        .filter(({ standing }) => standing === 'reasoned')
        .map(({ clause: { id, text, reason } }) => `| ${id} | ${text} | ${reason} |`);
      const open = binding - tested - notOnWire;
      return [
        `## RFC ${rfc}`,
        title,
        `${binding} clauses bind a server: ${tested} tested, ${notOnWire} reasoned${open === 0 ? '' : `, ${open} open`}.`,
        ...(reasons.length === 0
          ? []
          : [`| not on the wire | clause | why |\n|---|---|---|\n${reasons.join('\n')}`]),
      ].join('\n\n');
    });
    const head =
      '# Coverage\n\nEvery clause that binds a server is tested by a case, or the register says why the wire cannot show it.\n' +
      '`popspec explain rfc1939` has the sections of an RFC, `popspec explain CLAUSE` its cases.';
    await expect(`${[head, ...sections].join('\n\n')}\n`).toMatchFileSnapshot('../../docs/coverage.md');
  });
});

describe('a mistake in the register', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'popspec-clauses-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const sound = [
    'rfc: 1939',
    'title: Post Office Protocol - Version 3',
    'url: https://www.rfc-editor.org/rfc/rfc1939',
    'clauses:',
    '  - id: 1939-3-CONN-1',
    '    section: "3"',
    '    level: DESC',
    '    binds: server',
    '    text: The server listens.',
    '    breach: It does not.',
    '    seen: wire',
  ];

  /** Loads the sound file with one line replaced and returns what went wrong. */
  function problem(lineNumber: number, ...replacement: string[]): SuiteError {
    writeFileSync(
      join(dir, 'rfc1939.yaml'),
      `${sound.toSpliced(lineNumber - 1, 1, ...replacement).join('\n')}\n`,
    );
    try {
      loadClauses(dir);
    } catch (error) {
      if (error instanceof SuiteError) return error;
      throw error;
    }
    throw new Error('the file was accepted');
  }

  it('is not there in the file that the others are made from', () => {
    writeFileSync(join(dir, 'rfc1939.yaml'), `${sound.join('\n')}\n`);
    expect(loadClauses(dir).all).toHaveLength(1);
  });

  it.each([
    ['a level that does not exist', 7, ['    level: SHALL'], 7, 5, /clauses\.0\.level: .*MUST NOT/],
    ['a basis of a plain fact', 7, ['    level: DESC', '    basis: lower'], 8, 5, /implied anyhow/],
    ['a basis that does not exist', 7, ['    level: MUST', '    basis: upper'], 8, 5, /clauses\.0\.basis: /],
    ['a key that does not exist', 8, ['    binds: server', '    bind: server'], 9, 5, /clauses\.0\.bind: /],
    ['a missing text', 9, [], 5, 5, /clauses\.0\.text: /],
    ['a section that YAML reads as a number', 6, ['    section: 3'], 6, 5, /clauses\.0\.section: /],
    ['an id of another shape', 5, ['  - id: CONN-1'], 5, 5, /like 1939-3-CONN-1/],
    ['an id of another RFC', 5, ['  - id: 2449-3-CONN-1'], 5, 5, /filed under RFC 1939 section 3/],
    ['a clause without a breach', 10, [], 10, 5, /needs a "breach"/],
    ['a clause off the wire without a reason', 11, ['    seen: none'], 11, 5, /needs a "reason"/],
    ['an id that is there twice', 11, [sound[10]!, ...sound.slice(4)], 12, 5, /1939-3-CONN-1 is there twice/],
    ['YAML that cannot be read', 9, ['    text: "The server'], 12, 1, /quote/],
    ['a file that is no mapping', 1, ['- rfc: 1939'], 2, 1, /./],
  ])('%s is told with file, line and column', (_, lineNumber, replacement, line, column, message) => {
    const error = problem(lineNumber, ...replacement);
    expect(error.where).toEqual({ file: join(dir, 'rfc1939.yaml'), line, column });
    expect(error.message).toMatch(message);
  });

  it('is told of an empty file, a folder without files and a folder that is not there', () => {
    expect(() => loadClauses(join(dir, 'nowhere'))).toThrow(SuiteError);
    expect(() => loadClauses(fileURLToPath(new URL('.', import.meta.url)))).toThrow(/holds no \.yaml file/);
    writeFileSync(join(dir, 'rfc1939.yaml'), '');
    expect(() => loadClauses(dir)).toThrow(/rfc1939\.yaml:1:1/);
  });
});
