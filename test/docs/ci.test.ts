import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { blocksOf, ROOT, type Stage, setTheStage } from './server.js';

const recipes = readFileSync(join(ROOT, 'docs/ci.md'), 'utf8');
const yaml = blocksOf(recipes, ['yaml']).map(({ text }) => parse(text));

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}
const action: Action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));

let stage: Stage;
let bin = '';

beforeAll(async () => {
  stage = await setTheStage('check: { only: [rfc1939/stat, rfc1939/noop] }\nload: { warmup: 100ms }\n');
  bin = join(stage.dir, 'bin');
  mkdirSync(bin);
  // What the recipes call and a test must not: it leaves a line instead.
  for (const program of ['npm', 'gh']) {
    writeFileSync(join(bin, program), `#!/bin/sh\necho "${program} $*" >> "${stage.dir}/called"\n`);
    chmodSync(join(bin, program), 0o755);
  }
  writeFileSync(join(stage.dir, 'popspec.baseline.yaml'), '{}\n');
});
afterAll(() => stage.close());
beforeEach(() => rmSync(join(stage.dir, 'reports'), { recursive: true, force: true }));

const called = (): string => readFileSync(join(stage.dir, 'called'), 'utf8');

/** Runs a script as a CI server does; the ports and times are those of the test. */
function run(script: string, env: Record<string, string> = {}, shell = ['bash', '-e']) {
  const text = script
    .replaceAll('127.0.0.1:1110', `127.0.0.1:${stage.server.port}`)
    .replace(/--duration[= ]60s/, '--duration=500ms');
  const { PATH = '', HOME = '' } = process.env;
  const path = [bin, dirname(process.execPath), PATH].join(delimiter);
  const [command = '', ...options] = shell;
  const child = spawn(command, [...options, '-c', text], {
    cwd: stage.dir,
    env: { PATH: path, HOME, POP3_PASSWORD: 'let-me-in', ...env },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  return new Promise<{ code: number | null; said: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, said })),
  );
}

function reportsThere(...names: string[]): void {
  for (const name of names) expect(existsSync(join(stage.dir, 'reports', name)), name).toBe(true);
  const xml = names.find((name) => name.endsWith('.xml'));
  if (xml !== undefined)
    expect(XMLValidator.validate(readFileSync(join(stage.dir, 'reports', xml), 'utf8'))).toBe(true);
}

/** The shell steps of the action as GitHub runs them, with these inputs; the exit code is that of the first that fails. */
async function useAction(inputs: Readonly<Record<string, unknown>>) {
  const value = (text: string): string =>
    text.replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name: string) => {
      expect(Object.keys(action.inputs)).toContain(name);
      return String(inputs[name] ?? action.inputs[name]?.default ?? '').replace(
        /\$\{\{ secrets\.POP3_PASSWORD \}\}/,
        'let-me-in',
      );
    });
  const summary = join(stage.dir, 'summary.md');
  writeFileSync(summary, '');
  const github = { GITHUB_ACTIONS: 'true', CI: 'true', GITHUB_ACTION_PATH: join(stage.dir, 'popspec') };
  let last: { code: number | null; said: string } = { code: null, said: '' };
  for (const { run: script, env = {} } of action.runs.steps) {
    if (script === undefined) continue;
    const own = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, value(text)]));
    for (const [name, text] of Object.entries(own))
      own[name] = text
        .replaceAll('127.0.0.1:1110', `127.0.0.1:${stage.server.port}`)
        .replace('=60s', '=500ms');
    // GitHub's own way to call bash.
    last = await run(script, { ...github, GITHUB_STEP_SUMMARY: summary, ...own }, [
      ...['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail'],
    ]);
    if (last.code !== 0) break;
  }
  return { ...last, summary: readFileSync(summary, 'utf8') };
}

const stepsOf = (recipe: { jobs: { conformance: { steps: Step[] } } }): Step[] =>
  recipe.jobs.conformance.steps;

describe('the GitHub Action', () => {
  test('has only shell steps with bash, and puts no input into a script', () => {
    expect(action.runs.using).toBe('composite');
    for (const step of action.runs.steps) {
      if (step.run === undefined) continue;
      expect(step).toMatchObject({ shell: 'bash' });
      expect(step.run).not.toContain('${{');
    }
  });

  test('runs the check of the recipe: annotations, summary, reports', async () => {
    const [recipe] = yaml;
    const use = stepsOf(recipe).find(({ uses }) => uses === './popspec');
    const { code, said, summary } = await useAction(use?.with ?? {});
    expect(code, said).toBe(0);
    expect(said).toContain('PASSED');
    expect(summary).toContain('## PASSED: popspec check');
    reportsThere('check.xml', 'check.html', 'check.json');
  });

  test('runs the load of the recipe', async () => {
    const [, [use]] = yaml;
    const { code, said, summary } = await useAction(use.with);
    // 1 and 5 are verdicts on a machine that may be busy.
    expect([0, 1, 5], said).toContain(code);
    expect(summary).toMatch(/^## \w+: popspec load/);
    reportsThere('load.xml', 'load.html');
  });

  test('fails as popspec does, with an annotation', async () => {
    const { code, said } = await useAction({ target: 'embedded', options: '--fault=stat-padded\n' });
    expect(code, said).toBe(1);
    expect(said).toMatch(/^::error file=.*stat\.yaml,line=\d+,title=fail%3A rfc1939\/stat/m);
  });

  test('takes an input for nothing but a word', async () => {
    const target = '$(touch injected); `touch injected` "; touch injected #';
    const { code } = await useAction({ target, options: '; touch injected\n$(touch injected)' });
    expect(code).toBe(2);
    expect(existsSync(join(stage.dir, 'injected'))).toBe(false);
  });
});

describe('the recipes run as they stand', () => {
  test('GitHub Actions without the action', async () => {
    const [, , recipe] = yaml;
    for (const { run: script } of stepsOf(recipe)) {
      if (script === undefined) continue;
      const { code, said } = await run(script, { NUMBER: '7', GITHUB_ACTIONS: 'true' });
      expect(code, said).toBe(0);
    }
    reportsThere('check.md');
    expect(called()).toContain('npm ci --prefix popspec\n');
    expect(called()).toMatch(/^gh pr comment 7 .*--body-file reports\/check\.md$/m);
  });

  test('GitLab', async () => {
    const { pop3 } = yaml.at(-1);
    for (const line of pop3.script) {
      const { code, said } = await run(line);
      expect(code, said).toBe(0);
    }
    reportsThere(pop3.artifacts.reports.junit.replace('reports/', ''), 'check.html');
  });

  test('Jenkins', async () => {
    const [file] = blocksOf(recipes, ['groovy']);
    const lines = [...(file?.text ?? '').matchAll(/^ +sh '(.*)'$/gm)].map(([, line = '']) => line);
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const { code, said } = await run(line, {}, ['sh', '-xe']);
      expect(code, said).toBe(0);
    }
    reportsThere('check.xml', 'check.html');
  });

  test('every night', async () => {
    const [block] = blocksOf(recipes, ['sh']);
    const { code, said } = await run(block?.text ?? '');
    expect([0, 1, 5], said).toContain(code);
    reportsThere('load.xml', 'load.html');
  });

  test('against the last release', async () => {
    const [, block] = blocksOf(recipes, ['sh']);
    await run(
      'node popspec/bin/popspec.js check pop3://127.0.0.1:1110 --users users.csv --report json=base.json',
    );
    const { code, said } = await run(block?.text ?? '');
    expect(code, said).toBe(0);
    reportsThere('check.json', 'comparison.md');
  });
});
