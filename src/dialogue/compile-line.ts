import { Buffer } from 'node:buffer';
import type { Expectation, SendPiece, Statement, Text } from './ast.js';
import { SuiteError } from './errors.js';
import type { Names } from './expression.js';
import { handshakeOptions, onlyKnown } from './handshake-options.js';
import { parseReplyPattern, parseRowPattern } from './pattern.js';
import type { Match, NewStep, Segment, Step } from './program.js';
import { isFixed, type Piece, parseString, type Template, template } from './template.js';

/** What the lines of one dialogue are compiled with. */
export interface LineContext {
  readonly names: Names;
  /** Takes down what the expressions among these pieces read, and gives them back. */
  readonly note: (pieces: readonly Piece[]) => readonly Piece[];
}

const GENERATED_MAX = 16 * 1024 * 1024;

/** A quoted string that is all of `text`. */
export function stringOf(text: Text, { names, note }: LineContext): Template {
  const { pieces, next } = parseString(text.text, 0, text.place, names);
  if (next !== text.text.length) throw new SuiteError('text behind the closing quote', text.place);
  return template(note(pieces));
}

/** What `C= …` sends. */
export function sendOf(
  pieces: readonly SendPiece[],
  context: LineContext,
): Pick<Extract<Step, { op: 'send' }>, 'segments' | 'hello'> {
  const segments: Segment[] = [];
  let gathered: Piece[] = [];
  let hello: Extract<Step, { op: 'send' }>['hello'];
  for (const piece of pieces) {
    if (piece.kind === 'pause') {
      segments.push(segment(gathered, piece.ms));
      gathered = [];
    } else if (piece.kind === 'tls') hello = handshakeOptions(piece.options, piece.place);
    else gathered.push(...repeated(piece, context));
  }
  segments.push(segment(gathered, 0));
  return { segments, hello };
}

/** Octets that are sent in one write, and how long is waited behind them. */
export function segment(pieces: readonly Piece[], pauseMs: number): Segment {
  const bytes = template(pieces);
  const [first] = bytes.pieces;
  const text = first !== undefined && isFixed(first) ? first.toString('latin1', 0, 64) : '';
  return { bytes, pauseMs, verb: /^([A-Za-z]{1,12})(?=[ \r\n])/.exec(text)?.[1]?.toUpperCase() };
}

function repeated(piece: Extract<SendPiece, { kind: 'string' }>, context: LineContext): Piece[] {
  const form = stringOf(piece.string, context);
  const fixed = form.fixed?.bytes;
  if ((fixed?.length ?? 1) * piece.times > GENERATED_MAX) {
    throw new SuiteError(`generated data is limited to ${GENERATED_MAX} octets`, piece.string.place);
  }
  if (fixed !== undefined) return [Buffer.alloc(fixed.length * piece.times, fixed)];
  return Array.from({ length: piece.times }, () => form.pieces).flat();
}

/** What an expectation waits for; its captures are declared. */
export function matchOf({ event }: Expectation, context: LineContext): Match {
  const { names, note } = context;
  switch (event.kind) {
    case 'line': {
      const pattern = parseReplyPattern(event.pattern.text, event.pattern.place, names);
      note(pattern.reads);
      return { on: 'line', pattern };
    }
    case 'exact':
      return { on: 'exact', bytes: stringOf(event.string, context) };
    case 'body': {
      const { text, place } = event.pattern;
      const name = /^\{([a-z_]\w*)\}$/.exec(text)?.[1];
      if (name !== undefined) {
        names.declare(name, 'Body', place);
        return { on: 'payload', name };
      }
      if (text === '') {
        throw new SuiteError('S> needs a name in braces or a pattern for its rows', place, 'S> {body}');
      }
      const pattern = parseRowPattern(text, place, names);
      note(pattern.reads);
      return { on: 'rows', pattern };
    }
    case 'alert':
      return { on: 'alert', name: event.name };
    default:
      return { on: event.kind };
  }
}

type ActionStatement = Extract<Statement, { kind: 'action' }>;

/** The step of `C connect`, `C tls` and the ways to end a connection. */
export function actionStep(s: ActionStatement, label: string, watched: boolean): NewStep {
  const at = { place: s.place, source: s.source, label };
  if (s.action === 'tls') return { ...at, op: 'tls', options: handshakeOptions(s.options, s.place), watched };
  onlyKnown(s.options, s.action === 'connect' ? ['tls', 'port'] : [], `C ${s.action}`, s.place);
  if (s.action !== 'connect') return { ...at, op: 'hang-up', how: s.action };
  const port = s.options.get('port') ?? 'target';
  if (port !== 'target' && port !== 'plain' && port !== 'tls') {
    throw new SuiteError(`port=${port} is not known`, s.place, 'port=plain or port=tls');
  }
  const usual = { target: 'target', plain: 'none', tls: 'implicit' }[port];
  const tls = s.options.get('tls') ?? usual;
  if (tls !== 'target' && tls !== 'none' && tls !== 'implicit') {
    throw new SuiteError(`tls=${tls} is not known`, s.place, 'tls=none or tls=implicit');
  }
  return { ...at, op: 'connect', tls, port, watched };
}

/** Whether `next` is an expectation about the handshake that `statement` begins. */
export function isAboutTls(next: Statement | undefined, statement: Statement): boolean {
  return (
    statement.kind === 'action' &&
    next?.kind === 'expect' &&
    next.label === statement.label &&
    next.alternatives.some(({ event }) => event.kind === 'tls' || event.kind === 'alert')
  );
}
