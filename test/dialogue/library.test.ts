import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Library, loadLibrary } from '../../src/dialogue/library.js';
import { suiteJsonSchema } from '../../src/dialogue/suite.js';
import { mistake } from './support.js';

let root = '';
let dir = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'popspec-library-'));
  dir = join(root, 'suites');
  mkdirSync(dir);
});
afterEach(() => rmSync(root, { recursive: true }));

/** Writes files below the suite folder. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
}

function load(files: Readonly<Record<string, string>>, extra: readonly string[] = []): Library {
  cpSync('suites/fragments.yaml', join(dir, 'fragments.yaml'));
  write(files);
  return loadLibrary(dir, extra);
}

function about(files: Readonly<Record<string, string>>): string {
  return mistake(() => load(files));
}

/** A suite file with one case: these lines of its head, and its dialogue. */
function suite(head: string, dialogue = 'C: NOOP\nS: +OK'): string {
  const lines = (text: string, indent: string): string =>
    text
      .split('\n')
      .map((line) => (line === '' ? '' : indent + line))
      .join('\n');
  return `title: Test\ncases:\n  - id: one\n    title: One\n${lines(head, '    ')}\n    dialogue: |\n${lines(dialogue, '      ')}\n`;
}

const CLAUSES = 'clauses: [1939-5-STAT-1]';

describe('a mistake in a suite file', () => {
  it('in line 17 is reported with its line and column', () => {
    const text = [
      'title: STAT', //                                        1
      'cases:',
      '  - id: first',
      '    title: First',
      '    clauses: [1939-5-STAT-1]', //                       5
      '    dialogue: |',
      '      C: STAT',
      '      S: +OK {count:int}',
      '',
      '  - id: second', //                                    10
      '    title: Second',
      '    clauses: [1939-5-STAT-2]',
      '    dialogue: | # the text begins two lines below',
      '',
      '      C: STAT', //                                      15
      '      S: +OK {count:int} {total:octets}',
      '      check count + total2 > 0', //                     17
      '',
    ].join('\n');
    expect(about({ 'rfc1939/stat.yaml': text })).toBe(
      'suites/rfc1939/stat.yaml:17:21: in the expression "count + total2 > 0": Unknown variable: total2',
    );
    expect(about({ 'rfc1939/stat.yaml': text.replaceAll('\n', '\r\n') })).toContain(
      'suites/rfc1939/stat.yaml:17:21: ',
    );
  });

  it.each([
    [
      'a deep block',
      '      if true\n        if true\n          say',
      '9:11: "say" is not a line of a dialogue',
    ],
    ['a tab', '      C: NOOP\n      \tS: +OK', '8:8: a tab indents this line (use spaces)'],
  ])('with %s', (_, dialogue, message) => {
    const text = `title: Test\ncases:\n  - id: one\n    title: One\n    ${CLAUSES}\n    dialogue: |\n${dialogue}\n`;
    expect(about({ 'a.yaml': text })).toContain(`suites/a.yaml:${message}`);
  });

  it('in a fragment is reported at the fragment', () => {
    const text = `title: T\nfragments:\n  ask: |\n    C: NOOP\n    S: OK\n`;
    expect(about({ 'sub/a.yaml': text.replace('S: OK', 'S OK') })).toContain(
      'suites/sub/a.yaml:5:5: "S OK" is not a line of a dialogue',
    );
    expect(
      about({
        'sub/a.yaml':
          text.replace('S: OK', 'check nope').replace('ask:', 'one:') + suite(CLAUSES, 'use one').slice(12),
      }),
    ).toBe('suites/sub/a.yaml:5:11: in the expression "nope": Unknown variable: nope');
  });

  it('in a dialogue on one line is reported there', () => {
    const text = `title: T\ncases:\n  - { id: one, title: One, ${CLAUSES}, dialogue: "HELO" }\n`;
    expect(about({ 'a.yaml': text })).toMatch(/^suites\/a\.yaml:3:\d+: "HELO" is not a line of a dialogue/);
  });

  it('in the expression of an invariant is reported there', () => {
    const head = `${CLAUSES}\ninvariant: { every: reply, holds: reply.nothing }`;
    expect(about({ 'a.yaml': suite(head) })).toBe(
      'suites/a.yaml:6:45: in the expression "reply.nothing": No such key: nothing',
    );
    expect(about({ 'a.yaml': suite(head.replace('reply.nothing', 'reply.text')) })).toBe(
      'suites/a.yaml:6:39: "reply.text" gives string, bool is needed here',
    );
  });
});

describe('the head of a file', () => {
  it.each([
    ['an unknown key of a case', `${CLAUSES}\nlevle: MUST`, '6:5: cases.0.levle: '],
    ['an unknown key of needs', `${CLAUSES}\nneeds: { message: 2 }`, '6:14: cases.0.needs.message: '],
    ['an unknown level', `${CLAUSES}\nlevel: PERHAPS`, '6:5: cases.0.level: '],
    ['an unknown state', `${CLAUSES}\nstate: login`, '6:5: cases.0.state: '],
    ['no clause', 'clauses: []', '5:5: cases.0.clauses: '],
    ['no clauses', 'level: MUST', '3:5: cases.0.clauses: '],
    ['what is no clause', 'clauses: [stat-1]', '5:15: cases.0.clauses.0: expected a clause id'],
    ['what is no fault', `${CLAUSES}\ncatches: [No Fault]`, '6:15: cases.0.catches.0: expected a slug'],
    ['what is no fixture', `${CLAUSES}\nneeds: { mail: [../../etc/passwd] }`, '6:21: cases.0.needs.mail.0: '],
    ['empty rows', `${CLAUSES}\neach: []`, '6:5: cases.0.each: '],
    ['a row without a name', `${CLAUSES}\neach:\n  - { command: STAT }`, '7:9: cases.0.each.0.row: '],
    ['a row that holds a list', `${CLAUSES}\neach:\n  - { row: a, x: [1] }`, '7:19: cases.0.each.0.x: '],
  ])('with %s', (_, head, message) => {
    expect(about({ 'a.yaml': suite(head) })).toContain(`suites/a.yaml:${message}`);
  });

  it.each([
    [
      'what is no slug',
      suite(CLAUSES).replace('id: one', 'id: One Case'),
      '3:5: cases.0.id: expected a slug',
    ],
    [
      'no dialogue',
      `title: T\ncases:\n  - id: one\n    title: One\n    ${CLAUSES}\n`,
      '3:5: cases.0.dialogue: ',
    ],
    ['an unknown key of the file', `titel: T\n${suite(CLAUSES)}`, '1:1: titel: '],
    ['no title', 'cases: []\n', /^suites\/a\.yaml:1:1: title: /],
    ['no map', '- one\n', /^suites\/a\.yaml:1:1: file: /],
    ['nothing', '', /^suites\/a\.yaml:1:1: file: /],
    ['broken YAML', 'title: T\ncases:\n  - id: [one\n', /^suites\/a\.yaml:[34]:\d+: /],
    ['a key twice', 'title: T\ntitle: U\n', /^suites\/a\.yaml:2:1: /],
    ['an unknown alias', 'title: *nope\n', /^suites\/a\.yaml:1:\d+: /],
  ])('with %s', (_, text, message) => {
    const told = about({ 'a.yaml': text });
    if (typeof message === 'string') expect(told).toContain(`suites/a.yaml:${message}`);
    else expect(told).toMatch(message);
  });

  it('with a fixture that is not there', () => {
    expect(about({ 'a.yaml': suite(`${CLAUSES}\nneeds: { mail: [nope.eml] }`) })).toBe(
      `suites/a.yaml:6:5: there is no fixture nope.eml in ${join(dir, 'mail')}`,
    );
  });

  it('with an id twice', () => {
    const again = suite(CLAUSES).replace('title: Test\ncases:\n', '').replace('id: one', 'id: one');
    expect(about({ 'x/a.yaml': suite(CLAUSES) + again })).toBe(
      'suites/x/a.yaml:9:5: the id x/a/one is there twice',
    );
    const rows = `${CLAUSES}\neach:\n  - { row: a }\n  - { row: a }`;
    expect(about({ 'x/a.yaml': suite(rows) })).toBe('suites/x/a.yaml:3:5: the id x/a/one/a is there twice');
  });

  it('with a name in a row that cannot be one', () => {
    for (const [key, problem] of [['user', '"user" is taken by a variable that every dialogue has']]) {
      const head = `${CLAUSES}\neach:\n  - { row: a, ${key}: x }`;
      expect(about({ 'a.yaml': suite(head) })).toContain(`suites/a.yaml:7:11: ${problem}`);
    }
  });

  it('with a title that names what no row has', () => {
    const head = `${CLAUSES}\neach:\n  - { row: a, x: 1 }`;
    expect(about({ 'a.yaml': suite(head).replace('title: One', 'title: "{x} {y}"') })).toBe(
      'suites/a.yaml:7:11: the title names {y}, which no row has',
    );
  });
});

describe('cases', () => {
  it('have what their file says, or the defaults', () => {
    const { cases } = load({ 'rfc/stat.yaml': suite(CLAUSES) });
    expect(cases).toHaveLength(1);
    expect(cases[0]).toMatchObject({
      id: 'rfc/stat/one',
      title: 'One',
      place: { file: 'suites/rfc/stat.yaml', line: 3, column: 5 },
      level: 'MUST',
      clauses: ['1939-5-STAT-1'],
      state: 'transaction',
      needs: {},
      slow: false,
      tags: [],
      catches: [],
      dialogue: 'C: NOOP\nS: +OK\n',
      row: {},
    });
    expect(cases[0]?.why).toBeUndefined();
    expect(cases[0]?.invariant).toBeUndefined();
  });

  it('share the rows of a table, which they see as a whole, and may name its columns', () => {
    const table = `tables:
  tags:
    - { row: top, tag: TOP, broken: 1939-7-TOP-1, fault: no-top }
    - { row: user, tag: USER, broken: 1939-7-USER-1, fault: no-user }
`;
    const head = `clauses: ["{broken}"]\ncatches: ["{fault}"]\ntable: tags\nwhere: tag != "USER"`;
    const text = suite(head, 'check tags.exists(one, one.tag == "USER") && tag == "TOP"');
    const { cases } = load({ 'a.yaml': table + text });
    expect(cases.map(({ id, clauses, catches, place }) => [id, clauses, catches, place.line])).toEqual([
      ['a/one/top', ['1939-7-TOP-1'], ['no-top'], 3],
    ]);
  });

  it.each([
    ['a table that is not there', 'table: tags', /:\d+:\d+: this file has no table "tags"/],
    ['"where" without a table', 'where: tag == ""', /"where" chooses rows of a table/],
  ])('%s is told with its place', (_, keys, message) => {
    expect(() => load({ 'a.yaml': suite(`${CLAUSES}\n${keys}`, 'C: NOOP') })).toThrow(message);
  });

  it('are one for each row, whose values stand in title and dialogue', () => {
    const head = `${CLAUSES}
catches: [all-of-it]
each:
  - { row: stat, command: STAT, n: 3, clauses: [1939-5-STAT-2], catches: [only-this] }
  - { row: list, command: LIST, n: 4 }`;
    const text = suite(head, 'C: {command} {n + 1}\nS: +OK').replace(
      'title: One',
      'title: "{command} and {n}"',
    );
    const { cases } = load({ 'a.yaml': text });
    expect(
      cases.map(({ id, title, clauses, catches, row, place }) => ({
        id,
        title,
        clauses,
        catches,
        row,
        line: place.line,
      })),
    ).toEqual([
      {
        id: 'a/one/stat',
        title: 'STAT and 3',
        clauses: ['1939-5-STAT-1', '1939-5-STAT-2'],
        catches: ['all-of-it', 'only-this'],
        row: { command: 'STAT', n: 3n },
        line: 8,
      },
      {
        id: 'a/one/list',
        title: 'LIST and 4',
        clauses: ['1939-5-STAT-1'],
        catches: ['all-of-it'],
        row: { command: 'LIST', n: 4n },
        line: 9,
      },
    ]);
  });

  it.each([
    ['none', []],
    ['authorization', ['connect', 'expect', 'expect', 'branch', 'send', 'expect', 'tls', 'expect', 'jump']],
  ])('in state %s begin with their prologue', (state, ops) => {
    const { cases } = load({ 'a.yaml': suite(`${CLAUSES}\nstate: ${state}`) });
    const steps = cases[0]?.program.steps ?? [];
    expect(steps.map(({ op }) => op)).toEqual([...ops, 'send', 'expect']);
    expect(steps.map(({ blame }) => blame?.verdict)).toEqual([
      ...ops.map(() => 'blocked'),
      undefined,
      undefined,
    ]);
  });

  it('know the message-numbers of the fixtures that they need', () => {
    const head = `${CLAUSES}\nneeds: { mail: [leading-dots.eml] }`;
    write({ 'mail/leading-dots.eml': 'x\r\n' });
    const { cases, fixture } = load({ 'a.yaml': suite(head, 'C: RETR {leading_dots}\nS: +OK') });
    expect(cases).toHaveLength(1);
    expect(fixture('leading-dots.eml').toString()).toBe('x\r\n');
    expect(() => fixture('../a.yaml')).toThrow('is not the name of a fixture');
  });

  it('tell whether they say DELE, whatever the prologue says', () => {
    const deletes = (dialogue: string): boolean | undefined =>
      load({ 'a.yaml': suite(CLAUSES, dialogue) }).cases[0]?.program.deletes;
    expect(deletes('C: NOOP')).toBe(false);
    expect(deletes('C: DELE 1')).toBe(true);
    expect(deletes('C: dele 1')).toBe(true);
    expect(deletes('C= "NOOP\\r\\nDELE 1\\r\\n"')).toBe(true);
    expect(deletes('if true\n  C: DELE 1')).toBe(true);
    expect(deletes('C: DELETED')).toBe(false);
  });
});

describe('fragments', () => {
  const own = 'title: T\nfragments:\n  ask: |\n    C: MINE\n';

  it('of a file are known in that file only', () => {
    const using = suite(CLAUSES, 'use ask').slice('title: Test\n'.length);
    expect(load({ 'a.yaml': own + using }).cases).toHaveLength(1);
    expect(about({ 'a.yaml': own, 'b.yaml': `title: T\n${using}` })).toMatch(
      /^suites\/b\.yaml:7:7: there is no fragment "ask"/,
    );
  });

  it('of fragments.yaml are known everywhere, and give way to those of the file', () => {
    const using = suite(CLAUSES, 'use quit').slice('title: Test\n'.length);
    const ops = (text: string): unknown =>
      load({ 'a.yaml': text })
        .cases[0]?.program.steps.slice(-3)
        .map(({ source }) => source);
    expect(ops(`title: T\n${using}`)).toEqual(['C: QUIT', 'S: +OK', 'S close']);
    expect(ops(own.replace('ask', 'quit') + using)).toContain('C: MINE');
  });
});

describe('scenarios', () => {
  const scenario = (head: string, dialogue = 'C: NOOP\nS: +OK'): string =>
    `title: T\nscenarios:\n  - id: go\n    title: Go\n    ${head}\n    dialogue: |\n      ${dialogue.replaceAll('\n', '\n      ')}\n`;

  it('have the id of their path, without saying it twice', () => {
    const { scenarios, cases } = load({
      'load/go.yaml': scenario('deletes: false'),
      'load/more.yaml': scenario('thresholds: [errors < 1%]'),
      'go.yaml': scenario('about: text'),
    });
    expect(cases).toEqual([]);
    expect(scenarios.map(({ id }) => id).sort()).toEqual(['go', 'load/go', 'load/more/go']);
    expect(scenarios.find(({ id }) => id === 'load/more/go')?.thresholds).toEqual(['errors < 1%']);
  });

  it('must say that they delete', () => {
    expect(about({ 'a.yaml': scenario('deletes: false', 'C: DELE 1\nS: +OK') })).toBe(
      'suites/a.yaml:6:5: the dialogue says DELE (say deletes: true)',
    );
    expect(load({ 'a.yaml': scenario('deletes: true', 'C: DELE 1\nS: +OK') }).scenarios).toHaveLength(1);
  });

  it('may come from a file elsewhere', () => {
    const path = join(root, 'mine.yaml');
    writeFileSync(path, scenario('deletes: false'));
    expect(load({}, [path]).scenarios.map(({ id }) => id)).toEqual(['mine/go']);
    writeFileSync(path, scenario('deletes: maybe'));
    expect(mistake(() => load({}, [path]))).toContain(`${path}:5:5: scenarios.0.deletes: `);
    expect(mistake(() => load({}, [join(root, 'none.yaml')]))).toMatch(
      /none\.yaml:1:1: cannot be read: ENOENT/,
    );
  });
});

describe('the folder', () => {
  it('is searched whole, but for clauses and mail and what is no YAML', () => {
    const { cases } = load({
      'a.yaml': suite(CLAUSES),
      'deep/er/b.yaml': suite(CLAUSES),
      'deep/mail/c.yaml': suite(CLAUSES),
      'mail/README.md': 'not read',
      'mail/x.yaml': 'not read',
      'clauses/x.yaml': 'not read',
      'a.yaml.bak': 'not read',
    });
    expect(cases.map(({ id }) => id)).toEqual(['a/one', 'deep/er/b/one', 'deep/mail/c/one']);
  });

  it('must be there', () => {
    expect(mistake(() => loadLibrary(join(root, 'none')))).toMatch(
      /none:1:1: the suites cannot be read: ENOENT/,
    );
  });
});

describe('a dialogue of the tool itself', () => {
  it('knows the shared fragments and the variables that it is given', () => {
    const library = load({});
    const program = library.compile('use quit\ncheck n == 1', 'preflight', new Map([['n', 'int']]));
    expect(program.steps).toHaveLength(4);
    expect(mistake(() => library.compile('C: NOOP\ncheck m == 1', 'preflight'))).toBe(
      'preflight:2:7: in the expression "m == 1": Unknown variable: m',
    );
  });
});

describe('the schema', () => {
  it('is JSON Schema that asks for a title', () => {
    expect(suiteJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: ['title'],
      additionalProperties: false,
    });
  });
});
