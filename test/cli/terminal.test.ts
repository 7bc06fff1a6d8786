import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import {
  BARE_ENVIRONMENT,
  BIN,
  type Outcome,
  outcomeOf,
  popspec,
  scratchFolder,
  spawnPopspec,
} from './popspec.js';
import { screenOf } from './screen.js';

const dir = scratchFolder();
const COLOUR = /\x1b\[[\d;]*m/;
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]/;
const SHORT = ['check', '--only', 'rfc1939/retr', '--fault', 'retr-unstuffed'];

describe('without a terminal', () => {
  test.concurrent('no control sequences', async () => {
    const { stdout, stderr } = await popspec(SHORT);
    expect(stdout + stderr).not.toMatch(CONTROL);
  });

  test.concurrent.each([
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, [], false],
    [{ NO_COLOR: '1' }, ['--color'], true],
  ] as const)('%j %j: colours %s', async (env, flags, coloured) => {
    const { stdout } = await popspec([...SHORT, ...flags], { env });
    expect(COLOUR.test(stdout)).toBe(coloured);
  });
});

describe('results go to stdout, everything else to stderr', () => {
  test.concurrent('a report on stdout is nothing but the report', async () => {
    const { code, stdout, stderr } = await popspec([...SHORT, '--report', 'json=-'], {
      env: { FORCE_COLOR: '1' },
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'check', exit: { code: 1 } });
    expect(stderr).toMatch(/FAILED/);
  });

  test.concurrent('also when the target cannot be reached', async () => {
    const { code, stdout, stderr } = await popspec(['check', '127.0.0.1:1', '--report', 'json=-']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'check', problem: { code: 'REFUSED' } });
    expect(stderr).toMatch(/^popspec: nothing listens/m);
  });

  test.concurrent('a load as well', async () => {
    const args = ['load', '--rate', '20', '--duration', '300ms', '--report', 'json=-'];
    const { stdout, stderr } = await popspec(args);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'load' });
    expect(stderr).not.toMatch(CONTROL);
    expect(stderr).toMatch(/PASSED|INVALID/);
  });
});

describe('a reader that has heard enough', () => {
  /** Runs popspec with a stdout that nobody reads any more. */
  async function cut(args: readonly string[]): Promise<Outcome> {
    const child = spawnPopspec(args, { cwd: dir.path });
    child.stdout?.destroy();
    return outcomeOf(child);
  }

  test.concurrent('popspec list | head is no error', async () => {
    const { code, stderr } = await cut(['list']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^(?:\d+ in all\n)?$/);
  });

  test.concurrent('a failed check stays failed, and its reports are written', async () => {
    const { code, stderr } = await cut([...SHORT, '--report', 'json=-', '--report', 'html=cut.html']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^report: cut\.html$/m);
    expect(stderr).not.toMatch(/EPIPE/);
  });
});

const script = spawnSync('script', ['--version']).status === 0;

/** Runs popspec in a terminal of its own (util-linux `script`); stdout and stderr are both what it shows. */
function inTerminal(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const quoted = [process.execPath, BIN, ...args].map((arg) => `'${arg}'`).join(' ');
  const command = `stty cols 80 rows 24; exec ${quoted}`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: tmpdir(),
    env: { ...BARE_ENVIRONMENT, SHELL: '/bin/sh', ...env },
  });
  child.stdout.setEncoding('utf8');
  return child;
}

describe.skipIf(!script)('in a terminal', () => {
  const FAILING = ['check', '--fault', 'retr-unstuffed'];

  test.concurrent('check shows a live window, and leaves a clean log', async () => {
    const { code, stdout } = await outcomeOf(inTerminal(FAILING));
    expect(code).toBe(1);
    expect(stdout).toMatch(COLOUR);
    const { lines, frames, cursorShown } = screenOf(stdout);
    const window = frames.findLast((frame) => frame.includes('━')) ?? '';
    expect(window).toMatch(/━+ {2}\d+\/\d+ {2}\d+ s, about \d+ s left$/m);
    expect(window).toMatch(/^✗ \d+ fail .*✓ \d+ pass$/m);
    expect(window).toMatch(/^✗ rfc\d+\/[\w/-]+$/m);
    expect(lines.join('\n')).not.toMatch(/━/);
    expect(lines.join('\n')).toMatch(/^✗ FAIL {2}rfc1939\/retr\/byte-stuffing$/m);
    expect(lines.join('\n')).toMatch(/^FAILED /m);
    expect(cursorShown).toBe(true);
  });

  test.concurrent('load shows a live window, and leaves a clean log', async () => {
    const args = ['load', '--rate', '20', '--duration', '1500ms'];
    const { stdout } = await outcomeOf(inTerminal(args));
    const { lines, frames, cursorShown } = screenOf(stdout);
    const window = frames.findLast((frame) => frame.includes('measuring')) ?? '';
    expect(window).toMatch(/^measuring +█.* left$/m);
    expect(window).toMatch(/^rate +[\d.]+\/s {2}of 20\/s offered/m);
    expect(window).toMatch(/^errors +\d+ failed/m);
    expect(lines.join('\n')).not.toMatch(/█|^measuring/m);
    expect(lines.join('\n')).toMatch(/^THRESHOLDS$[\s\S]*^(?:PASSED|INVALID) /m);
    expect(cursorShown).toBe(true);
  });

  test.concurrent('Ctrl-C takes the window away and gives the cursor back', async () => {
    const args = ['load', '--rate', '20', '--duration', '30s'];
    const child = inTerminal(args);
    const { code, stdout } = await outcomeOf(child, {
      // What a terminal sends for Ctrl-C.
      when: { pattern: /[1-9]\d* completed/, act: () => void child.stdin?.write('\x03') },
    });
    expect(code).toBe(130);
    const { lines, cursorShown } = screenOf(stdout);
    expect(lines.join('\n')).toMatch(/^INTERRUPTED /m);
    expect(lines.join('\n')).not.toMatch(/█/);
    expect(cursorShown).toBe(true);
  });

  describe('the password is asked for', () => {
    let server: RunningServer;
    beforeAll(async () => {
      const messages = [Buffer.from('Subject: one\r\n\r\none\r\n')];
      server = await startServer({ users: [{ name: 'ann', password: 'pass phrase', messages }] });
    });
    afterAll(() => server.close());
    const asked = (typed: string): Promise<Outcome> => {
      const args = ['check', `ann@127.0.0.1:${server.port}`, '--only', 'rfc1939/stat/drop-listing'];
      const child = inTerminal(args);
      const act = () => void child.stdin?.write(typed);
      return outcomeOf(child, { when: { pattern: /Password of ann: /, act } });
    };

    test.concurrent('and not shown while it is typed', async () => {
      const { code, stdout } = await asked('pass phrasf\x7fe\r');
      expect(stdout).not.toMatch(/phras/);
      expect(stdout).toMatch(/PASSED/);
      expect(code).toBe(0);
    });

    test.concurrent('Ctrl-C there is 130', async () => {
      expect((await asked('pass\x03')).code).toBe(130);
    });
  });

  test.concurrent.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('%j: no colours', async (env) => {
    const { code, stdout } = await outcomeOf(inTerminal(SHORT, env));
    expect(code).toBe(1);
    expect(stdout).not.toMatch(COLOUR);
    if ('TERM' in env) expect(stdout).not.toMatch(/\x1b/);
  });

  test.concurrent('in CI lines are written instead of a window', async () => {
    const { stdout } = await outcomeOf(inTerminal(SHORT, { CI: 'true' }));
    expect(stdout).not.toMatch(/━|\x1b\[\?25/);
    expect(stdout).toMatch(/^\[\d+\/\d+\] fail rfc1939\/retr\/byte-stuffing/m);
  });
});
