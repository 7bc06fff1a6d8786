import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';

export const BIN = fileURLToPath(new URL('../../bin/popspec.js', import.meta.url));

/** What a run of popspec left behind. */
export interface Outcome {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly started?: (child: ChildProcess) => void;
  /** After so long the run counts as hanging; default 50 s. */
  readonly limitMs?: number;
  /** Called once with what stdout and stderr hold when that begins to match `pattern`. */
  readonly when?: { readonly pattern: RegExp; readonly act: (child: ChildProcess) => void };
}

/** No run of a test takes this long unless it hangs. */
const HANGS_MS = 50_000;

/** A folder of this test file, empty at the beginning, gone at the end. */
export function scratchFolder(): { readonly path: string; file(name: string, text?: string): string } {
  const path = mkdtempSync(join(tmpdir(), 'popspec-cli-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    file(name, text) {
      const file = join(path, name);
      if (text !== undefined) writeFileSync(file, text);
      return file;
    },
  };
}

const { PATH = '', HOME = '' } = process.env;
/** Nothing of what the environment of the tests says about colours, CI or passwords. */
export const BARE_ENVIRONMENT = { PATH, HOME, TERM: 'xterm-256color', LANG: 'C.UTF-8' };

/** Starts `popspec ARGS` as a user would, with pipes for stdout and stderr and nothing on stdin. */
export function spawnPopspec(
  args: readonly string[],
  { cwd = tmpdir(), env = {} }: Pick<RunOptions, 'cwd' | 'env'> = {},
): ChildProcess {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...BARE_ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  return child;
}

/** Runs `popspec ARGS` to its end. */
export function popspec(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawnPopspec(args, options);
  options.started?.(child);
  return outcomeOf(child, options);
}

/** Waits for a process and gives all that it said. */
export function outcomeOf(
  child: ChildProcess,
  { when, limitMs = HANGS_MS }: Pick<RunOptions, 'when' | 'limitMs'> = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const said = { stdout: '', stderr: '' };
    let waiting = when;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (text: string) => {
        said[name] += text;
        if (waiting?.pattern.test(said.stdout + said.stderr) !== true) return;
        const { act } = waiting;
        waiting = undefined;
        act(child);
      });
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`popspec hangs; until now it said:\n${said.stdout}${said.stderr}`));
    }, limitMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, ...said });
    });
  });
}

/**
 * Expects an exit code and, on stderr, one message: a line that begins with `popspec:` and perhaps an indented hint, no
 * stack trace. Gives the message.
 */
export function expectMessage(
  { code, stderr }: Outcome,
  exitCode: number,
  ...parts: (string | RegExp)[]
): string {
  expect(code, stderr).toBe(exitCode);
  expect(stderr).toMatch(/^popspec: \S[^\n]*\n(?: {2}\S[^\n]*\n)?$/);
  expect(stderr).not.toMatch(/defect of popspec|(?<!received )undefined|\[object|\n\s+at |NaN/);
  for (const part of parts) expect(stderr).toMatch(part);
  return stderr;
}
