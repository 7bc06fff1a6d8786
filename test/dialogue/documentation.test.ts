import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { VARIABLES } from '../../src/dialogue/environment.js';
import { loadLibrary } from '../../src/dialogue/library.js';
import { VERDICTS } from '../../src/dialogue/outcome.js';
import { compile } from './support.js';

const page = readFileSync('docs/dialogue.md', 'utf8');

/** Names that the examples take for granted. */
const TAKEN_FOR_GRANTED = {
  count: 'int',
  size: 'int',
  n: 'int',
  id: 'list<string>',
  ids: 'list<string>',
  m: 'string',
};

/** Those of them that the text does not declare itself. */
function variablesFor(text: string): Record<string, string> {
  const known = Object.entries(TAKEN_FOR_GRANTED);
  return Object.fromEntries(known.filter(([name]) => !new RegExp(`\\{${name}:|for ${name} in`).test(text)));
}

interface Example {
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

function fences(): Example[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language = '', 2: text = '' }) => ({
    line: page.slice(0, index).split('\n').length + 1,
    language,
    text,
  }));
}

/** The lines of dialogues that stand in the first column of a table. */
function tableLines(): Example[] {
  return page.split('\n').flatMap((row, index) => {
    const cell = /^\| (`.*?`) \|/.exec(row.replaceAll('\\|', '\u0001'))?.[1];
    const texts = [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
    return texts
      .filter((text) => /^(C|S|pause|timeout|deliver|#)[:=>]?( |$)/.test(text))
      .map((text) => ({ line: index + 1, language: '', text }));
  });
}

/** Fenced text without a language is a dialogue, but for the grammar. */
const dialogues = fences().filter(({ language, text }) => language === '' && !/^dialogue +=/.test(text));

it('the page has the examples that are looked for', () => {
  expect(dialogues.length).toBeGreaterThanOrEqual(6);
  expect(fences().filter(({ language }) => language === 'yaml').length).toBeGreaterThanOrEqual(4);
  expect(tableLines().length).toBeGreaterThanOrEqual(25);
  expect(fences().map(({ language }) => language)).not.toContain('text');
});

it.each(dialogues.map((example) => [example.line, example.text] as const))(
  'the dialogue in line %i compiles',
  (_, text) => {
    expect(compile(text, { variables: variablesFor(text) }).steps.length).toBeGreaterThan(0);
  },
);

it.each(tableLines().map((example) => [example.line, example.text] as const))(
  'line %i: %s compiles',
  (_, text) => {
    const alone = text.startsWith('S timeout') ? `S: +OK\n| ${text}` : text;
    expect(compile(`${alone}\nC: NOOP`, { variables: variablesFor(text) }).steps.length).toBeGreaterThan(0);
  },
);

it('the suite files load, with the ids that the page tells', () => {
  const dir = mkdtempSync(join(tmpdir(), 'popspec-page-'));
  try {
    cpSync('suites/fragments.yaml', join(dir, 'fragments.yaml'));
    cpSync('suites/mail', join(dir, 'mail'), { recursive: true });
    mkdirSync(join(dir, 'rfc1939'));
    const files = fences().filter(({ language }) => language === 'yaml');
    for (const { line, text } of files) {
      const whole = text.startsWith('title:') ? text : `title: Line ${line}\ncases:\n${text}`;
      writeFileSync(join(dir, 'rfc1939', `line-${String(line).padStart(4, '0')}.yaml`), whole);
    }
    const { cases, scenarios } = loadLibrary(dir);
    const ids = [...cases, ...scenarios].map(({ id }) => id.replace(/^rfc1939\/line-\d+\//, ''));
    expect(ids).toEqual([
      'marked-messages-not-counted',
      'refused-before-login/stat',
      'refused-before-login/list',
      'works/top',
      'crlf',
      'check-and-go',
    ]);
    expect(cases[1]?.title).toBe('STAT before login gets -ERR');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('every variable and every function of the environment stands on the page', () => {
  const source = readFileSync('src/dialogue/environment.ts', 'utf8');
  const functions = [...source.matchAll(/registerFunction\(['`](\w+)\(/g)].map(([, name]) => name);
  expect(functions.length).toBeGreaterThan(20);
  for (const name of functions) expect(page).toContain(`\`${name}(`);
  for (const name of Object.keys(VARIABLES)) expect(page).toContain(`\`${name}\``);
});

it('every verdict of a dialogue stands on the page', () => {
  for (const verdict of VERDICTS) {
    if (verdict !== 'error') expect(page).toContain(`| \`${verdict}\` |`);
  }
});
