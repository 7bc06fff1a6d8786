import type { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { Statement } from '../../src/dialogue/ast.js';
import { compileDialogue } from '../../src/dialogue/compile.js';
import { createEnvironment } from '../../src/dialogue/environment.js';
import { SuiteError } from '../../src/dialogue/errors.js';
import type { Scope } from '../../src/dialogue/expression.js';
import { fixtureReader } from '../../src/dialogue/fixtures.js';
import type { Finding, Verdict } from '../../src/dialogue/outcome.js';
import { parseDialogue } from '../../src/dialogue/parse.js';
import type { Program } from '../../src/dialogue/program.js';
import { Session } from '../../src/dialogue/session.js';
import type { SessionOptions, SessionResult } from '../../src/dialogue/session-types.js';
import type { Target } from '../../src/wire/target.js';
import type { WireEvent } from '../../src/wire/trace.js';
import { answers, type Play, playServer, type Script, type ScriptedServer } from '../wire/scripted-server.js';

export const fixture: (name: string) => Buffer = fixtureReader('suites/mail');
const environment = createEnvironment(fixture);

const FRAGMENTS: Readonly<Record<string, string>> = {
  ...(parse(readFileSync('suites/fragments.yaml', 'utf8')) as { fragments: Record<string, string> })
    .fragments,
  hello: 'C connect\nS: +OK',
};

export interface CompileOptions {
  readonly fragments?: Readonly<Record<string, string>>;
  /** CEL types of names that are bound before the dialogue begins. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly prologue?: readonly string[];
}

/** Compiles a dialogue that stands in `d.yaml` from line 1, column 1 on. */
export function compile(
  text: string,
  { fragments, variables = {}, prologue = [] }: CompileOptions = {},
): Program {
  const parsed = new Map<string, readonly Statement[]>();
  for (const [name, body] of Object.entries({ ...FRAGMENTS, ...fragments })) {
    parsed.set(name, parseDialogue(body, { file: `${name}.yaml`, line: 1, column: 1 }));
  }
  return compileDialogue(parseDialogue(text, { file: 'd.yaml', line: 1, column: 1 }), {
    environment,
    variables: new Map(Object.entries(variables)),
    fragments: parsed,
    prologue,
  });
}

/** The message of the SuiteError that `run` throws. */
export function mistake(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(SuiteError);
    return (error as SuiteError).message;
  }
  throw new Error('no mistake was found');
}

export const PASSWORD = 'hunter2-secret';
export const PASSWORD2 = 'second-secret';

export interface TalkOptions extends CompileOptions, Partial<Omit<SessionOptions, 'variables' | 'program'>> {
  readonly values?: Scope;
  readonly at?: Partial<Target>;
  /** Default true: `C connect` and `S: +OK` come first. */
  readonly greeted?: boolean;
}

/** What became of a dialogue. */
export interface Talk {
  readonly result: SessionResult;
  readonly findings: readonly Finding[];
  /** Verdicts of the findings in order. */
  readonly verdicts: readonly Verdict[];
  readonly trace: readonly WireEvent[];
  /** Lines that the server heard on its first connection. */
  readonly heard: readonly string[];
  readonly server: ScriptedServer;
}

/** The options of a session with `program` on a port of 127.0.0.1. */
export function sessionOptions(program: Program, port: number, options: TalkOptions = {}): SessionOptions {
  const { fragments, variables, prologue, greeted, values, at, ...more } = options;
  return {
    program,
    target: { host: 'localhost', address: '127.0.0.1', port, tls: 'none', tlsOptions: {}, ...at },
    variables: {
      user: 'joe',
      password: PASSWORD,
      user2: 'ann',
      password2: PASSWORD2,
      auth: 'user',
      capabilities: ['TOP', 'UIDL'],
      ...values,
    },
    secrets: [PASSWORD, PASSWORD2],
    timeoutMs: 3000,
    allowDelete: false,
    think: false,
    keepBodies: false,
    ...more,
  };
}

/** Runs a session to its end; `begun` gets it when it has started. */
export function runSession(
  options: SessionOptions,
  begun: (session: Session) => void = () => {},
): Promise<{ result: SessionResult; trace: readonly WireEvent[] }> {
  return new Promise((done) => {
    const session = new Session(options, (result) => done({ result, trace: session.trace.events() }));
    session.start();
    begun(session);
  });
}

/** Runs a dialogue against a scripted server. */
export async function talk(text: string, script: Script, options: TalkOptions = {}): Promise<Talk> {
  const prologue = options.greeted === false ? [] : ['hello'];
  const program = compile(text, { prologue, ...options });
  const server = await playServer(script);
  try {
    const { result, trace } = await runSession(sessionOptions(program, server.port, options));
    return {
      result,
      findings: result.findings,
      verdicts: result.findings.map(({ verdict }) => verdict),
      trace,
      heard: server.lines[0] ?? [],
      server,
    };
  } finally {
    await server.close();
  }
}

/** A script that answers lines by `table`, and takes its leave on QUIT. */
export function says(table: Readonly<Record<string, Play>>, more: Script = {}): Script {
  return { answer: answers({ QUIT: ['+OK bye\r\n', 'FIN'], ...table }), ...more };
}

/** Expects that the dialogue came to its end and found nothing. */
export function expectPass(one: Talk): void {
  expect(one.findings).toEqual([]);
  expect(one.result.finished).toBe(true);
}

/** The one finding of a dialogue. */
export function onlyFinding(one: Talk): Finding {
  expect(one.findings).toHaveLength(1);
  return one.findings[0] as Finding;
}
