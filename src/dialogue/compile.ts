import type { Environment } from '@marcbachmann/cel-js';
import type { Outcome, Statement, Text } from './ast.js';
import {
  actionStep,
  isAboutTls,
  type LineContext,
  matchOf,
  segment,
  sendOf,
  stringOf,
} from './compile-line.js';
import { type SourcePlace, SuiteError } from './errors.js';
import { type Expression, Names } from './expression.js';
import type { Alternative, Blame, Match, NewStep, Program, Step } from './program.js';
import { isFixed, type Piece, parseTemplate, type Template } from './template.js';

/** What a dialogue is compiled with. */
export interface CompileContext {
  readonly environment: Environment;
  /** Names that the runner binds before the dialogue begins, with their CEL types. */
  readonly variables: ReadonlyMap<string, string>;
  /** Where these names come from, for messages. */
  readonly declared?: SourcePlace;
  readonly fragments: ReadonlyMap<string, readonly Statement[]>;
  /** Fragments that run first; what goes wrong in them gives `blocked`. */
  readonly prologue: readonly string[];
  /** What the dialogue says wherever it has no verdict of its own; the usual one without. */
  readonly otherwise?: Outcome;
}

/** Compiles a parsed dialogue. Throws SuiteError for unknown names, types that do not fit, unknown fragments. */
export function compileDialogue(statements: readonly Statement[], context: CompileContext): Program {
  return new Compiler(context).program(statements);
}

const CRLF = Buffer.from('\r\n');
const FRAGMENT_DEPTH_MAX = 8;

class Compiler {
  private readonly steps: Step[] = [];
  private readonly names: Names;
  private readonly reads = new Set<string>();
  private readonly own = new Set<string>();
  private loggingIn = false;
  private label = 'A';
  private blame: Blame | undefined;
  private depth = 0;
  private deletes = false;
  private readonly lines: LineContext;

  constructor(private readonly context: CompileContext) {
    this.names = new Names(context.environment);
    this.lines = { names: this.names, note: (pieces) => this.note(pieces) };
    const { variables, declared = { file: '', line: 0, column: 0 } } = context;
    for (const [name, type] of variables) this.names.declare(name, type, declared);
  }

  program(statements: readonly Statement[]): Program {
    const first = statements[0];
    for (const name of this.context.prologue) {
      if (first === undefined) break;
      const outcome: Outcome = { verdict: 'blocked', reason: undefined };
      this.use({
        kind: 'use',
        label: 'A',
        name,
        bindings: [],
        outcome,
        place: first.place,
        source: `use ${name}`,
      });
    }
    this.deletes = false;
    const { otherwise } = this.context;
    if (otherwise !== undefined) this.blame = { verdict: otherwise.verdict, reason: this.reason(otherwise) };
    this.block(statements);
    return { steps: this.steps, kept: this.reads, own: this.own, deletes: this.deletes };
  }

  private emit(step: NewStep): number {
    this.steps.push({ ...step, blame: this.blame } as Step);
    return this.steps.length - 1;
  }

  /** Replaces a step whose target was not known when it was emitted. */
  private patch(index: number, change: Partial<Record<'to' | 'otherwise' | 'exit', number>>): void {
    this.steps[index] = { ...this.steps[index], ...change } as Step;
  }

  private block(statements: readonly Statement[]): void {
    statements.forEach((statement, index) => {
      this.statement(statement, isAboutTls(statements[index + 1], statement));
    });
  }

  private expression(text: Text, expected?: 'bool' | 'int' | 'list' | 'string'): Expression {
    const expression = this.names.compile(text.text, text.place, expected);
    this.noteReads(expression);
    return expression;
  }

  private note(pieces: readonly Piece[]): readonly Piece[] {
    for (const piece of pieces) if (!Buffer.isBuffer(piece)) this.noteReads(piece);
    return pieces;
  }

  private string(text: Text): Template {
    return stringOf(text, this.lines);
  }

  private noteReads({ reads }: Expression): void {
    for (const name of reads) {
      this.reads.add(name);
      if (!this.loggingIn) this.own.add(name);
    }
  }

  private reason(outcome: { reason: Text | undefined } | undefined): Template | undefined {
    return outcome?.reason === undefined ? undefined : this.string(outcome.reason);
  }

  /** `watched`: the statement behind is an expectation about the handshake that this one begins. */
  private statement(s: Statement, watched: boolean): void {
    const at = { place: s.place, source: s.source };
    const label = 'label' in s ? (s.label ?? this.label) : this.label;
    switch (s.kind) {
      case 'send': {
        const pieces = this.note(parseTemplate(s.text.text, s.text.place, this.names));
        this.send({
          ...at,
          op: 'send',
          label,
          segments: [segment([...pieces, CRLF], 0)],
          hello: undefined,
        });
        return;
      }
      case 'send-exact':
        this.send({ ...at, op: 'send', label, ...sendOf(s.pieces, this.lines) });
        return;
      case 'expect':
        this.expect(s, label);
        return;
      case 'action':
        this.emit(actionStep(s, label, watched));
        if (s.action === 'tls' || s.action === 'connect') this.awaitTls(s, label, watched);
        return;
      case 'assert': {
        const expression = this.expression(s.expression, 'bool');
        const reason = s.reason === undefined ? undefined : this.string(s.reason);
        this.emit({ ...at, op: 'assert', mode: s.mode, expression, reason });
        return;
      }
      case 'let': {
        const expression = this.expression(s.expression);
        this.names.declare(s.name, expression.type, s.place, expression.secret);
        this.emit({ ...at, op: 'let', name: s.name, expression });
        return;
      }
      case 'pause':
        this.emit({ ...at, op: 'pause', think: false, spread: 'uniform', minMs: s.ms, maxMs: s.ms });
        return;
      case 'think':
        this.emit({ ...at, op: 'pause', think: true, spread: s.spread, minMs: s.minMs, maxMs: s.maxMs });
        return;
      case 'timeout':
        this.emit({ ...at, op: 'timeout', ms: s.ms });
        return;
      case 'use':
        this.use(s);
        return;
      case 'deliver': {
        const to = s.to === undefined ? undefined : this.expression(s.to, 'string');
        this.emit({ ...at, op: 'deliver', fixture: this.expression(s.fixture, 'string'), to });
        return;
      }
      case 'verdict':
        this.emit({ ...at, op: 'verdict', verdict: s.outcome.verdict, reason: this.reason(s.outcome) });
        return;
      case 'stop':
        this.emit({ ...at, op: 'stop' });
        return;
      case 'phase':
        this.emit({ ...at, op: 'phase', name: s.name });
        this.block(s.block);
        this.emit({ ...at, op: 'phase-end' });
        return;
      case 'retry':
        this.emit({ ...at, op: 'retry', forMs: s.forMs, everyMs: s.everyMs });
        this.block(s.block);
        this.emit({ ...at, op: 'retried' });
        return;
      default:
        this.control(s);
    }
  }

  private control(s: Extract<Statement, { kind: 'for' | 'repeat' | 'if' | 'choose' }>): void {
    const at = { place: s.place, source: s.source };
    switch (s.kind) {
      case 'for': {
        const from = this.expression(s.from, s.to === undefined ? 'list' : 'int');
        const to = s.to === undefined ? undefined : this.expression(s.to, 'int');
        const item = /^list<(.+)>$/.exec(from.type)?.[1] ?? 'dyn';
        this.names.declare(s.name, to === undefined ? item : 'int', s.place, from.secret);
        this.loop({ ...at, op: 'loop', name: s.name, from, to, exit: 0 }, s.block);
        return;
      }
      case 'repeat': {
        const to = this.expression(s.times, 'int');
        this.loop({ ...at, op: 'loop', name: undefined, from: undefined, to, exit: 0 }, s.block);
        return;
      }
      case 'if': {
        const branch = this.emit({
          ...at,
          op: 'branch',
          condition: this.expression(s.condition, 'bool'),
          otherwise: 0,
        });
        this.block(s.block);
        const skip = this.emit({ ...at, op: 'jump', to: 0 });
        this.patch(branch, { otherwise: this.steps.length });
        this.block(s.otherwise);
        this.patch(skip, { to: this.steps.length });
        return;
      }
      case 'choose': {
        const choose = this.emit({
          ...at,
          op: 'choose',
          weights: s.options.map((o) => o.weight),
          targets: [],
        });
        const targets: number[] = [];
        const jumps: number[] = [];
        for (const option of s.options) {
          targets.push(this.steps.length);
          this.block(option.block);
          jumps.push(this.emit({ ...at, op: 'jump', to: 0 }));
        }
        for (const jump of jumps) this.patch(jump, { to: this.steps.length });
        this.steps[choose] = { ...this.steps[choose], targets } as Step;
        return;
      }
    }
  }

  private send(step: Extract<NewStep, { op: 'send' }>): void {
    const text = step.segments
      .flatMap(({ bytes }) => bytes.pieces)
      .map((piece) => (isFixed(piece) ? piece.toString('latin1') : '{}'));
    if (/^\s*dele\b/im.test(text.join(''))) this.deletes = true;
    this.emit(step);
  }

  private loop(step: Extract<NewStep, { op: 'loop' }>, block: readonly Statement[]): void {
    const loop = this.emit(step);
    this.block(block);
    this.emit({ place: step.place, source: step.source, op: 'again', loop });
    this.patch(loop, { exit: this.steps.length });
  }

  private expect(s: Extract<Statement, { kind: 'expect' }>, label: string): void {
    const matches = s.alternatives.map((alternative) => matchOf(alternative, this.lines));
    const lines = matches.some((match) => match.on === 'line' || match.on === 'exact');
    const bodies = matches.some((match) => match.on === 'payload' || match.on === 'rows');
    if (lines && bodies) {
      throw new SuiteError('a status line and a content cannot be alternatives to each other', s.place);
    }
    const tls = matches.some((match) => match.on === 'tls' || match.on === 'alert');
    if (tls && (bodies || matches.some((match) => match.on === 'silence'))) {
      throw new SuiteError('a handshake ends neither by a content nor by silence', s.place);
    }
    const silence = s.alternatives.map((a) => a.event).find((event) => event.kind === 'silence');
    const index = this.emit({
      place: s.place,
      source: s.source,
      op: 'expect',
      label,
      wants: tls ? 'tls' : bodies ? 'body' : lines ? 'line' : 'event',
      implied: false,
      alternatives: [],
      silenceMs: silence?.kind === 'silence' ? silence.ms : undefined,
    });
    const alternatives: Alternative[] = [];
    const jumps: number[] = [];
    s.alternatives.forEach((alternative, position) => {
      const next = alternative.block.length === 0 ? -1 : this.steps.length;
      this.block(alternative.block);
      if (next >= 0) jumps.push(this.emit({ place: s.place, source: s.source, op: 'jump', to: 0 }));
      alternatives.push({
        match: matches[position] as Match,
        verdict: alternative.outcome?.verdict ?? 'pass',
        reason: this.reason(alternative.outcome),
        next,
        source: alternative.source,
      });
    });
    const end = this.steps.length;
    for (const jump of jumps) this.patch(jump, { to: end });
    const resolved = alternatives.map((a) => (a.next < 0 ? { ...a, next: end } : a));
    this.steps[index] = { ...this.steps[index], alternatives: resolved } as Step;
  }

  /** A handshake must succeed where the dialogue says nothing of it. */
  private awaitTls(s: Extract<Statement, { kind: 'action' }>, label: string, watched: boolean): void {
    if (watched || s.options.get('tls') === 'none') return;
    const next = this.steps.length + 1;
    const { place, source } = s;
    const success = { match: { on: 'tls' }, verdict: 'pass', reason: undefined, next, source } as const;
    this.emit({
      place,
      source,
      op: 'expect',
      label,
      wants: 'tls',
      implied: true,
      alternatives: [success],
      silenceMs: undefined,
    });
  }

  private use(s: Extract<Statement, { kind: 'use' }>): void {
    const fragment = this.context.fragments.get(s.name);
    if (fragment === undefined) {
      const known = [...this.context.fragments.keys()].join(', ');
      throw new SuiteError(`there is no fragment "${s.name}"`, s.place, `known are ${known}`);
    }
    if (this.depth >= FRAGMENT_DEPTH_MAX) {
      throw new SuiteError(
        `fragments are nested deeper than ${FRAGMENT_DEPTH_MAX}`,
        s.place,
        'does one use itself?',
      );
    }
    const at = { place: s.place, source: s.source };
    const outer = { label: this.label, blame: this.blame, loggingIn: this.loggingIn };
    const values = s.bindings.map((binding) => {
      const expression = this.expression(binding.expression);
      if (!this.names.has(binding.name))
        this.names.declare(binding.name, expression.type, s.place, expression.secret);
      return { name: binding.name, expression };
    });
    if (values.length > 0) this.emit({ ...at, op: 'bind', values });
    this.label = s.label ?? this.label;
    if (s.outcome !== undefined) this.blame = { verdict: s.outcome.verdict, reason: this.reason(s.outcome) };
    this.depth++;
    this.loggingIn ||= s.name === 'credentials';
    this.block(fragment);
    this.depth--;
    this.loggingIn = outer.loggingIn;
    this.label = outer.label;
    this.blame = outer.blame;
    if (values.length > 0) this.emit({ ...at, op: 'unbind' });
  }
}
