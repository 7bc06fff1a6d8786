import type { Expectation, Statement } from './ast.js';
import { parseDuration } from './duration.js';
import { SuiteError } from './errors.js';
import { type Origin, readLines, type SourceLine } from './lines.js';
import { parseExpectation, parseSimple } from './parse-line.js';

/**
 * Reads a dialogue (docs/dialogue.md). `origin` tells where its first line stands in the file.
 * Throws SuiteError with file, line and column.
 */
export function parseDialogue(text: string, origin: Origin): Statement[] {
  const lines = new Lines(readLines(text, origin));
  const first = lines.peek();
  if (first === undefined) throw new SuiteError('the dialogue is empty', origin);
  const statements = block(lines, first.indent);
  const left = lines.peek();
  if (left !== undefined) throw new SuiteError('this line is less indented than the first one', left.place);
  return statements;
}

class Lines {
  private at = 0;
  constructor(private readonly lines: readonly SourceLine[]) {}
  peek(): SourceLine | undefined {
    return this.lines[this.at];
  }
  take(): SourceLine {
    const line = this.lines[this.at++];
    if (line === undefined) throw new Error('read past the end of a dialogue');
    return line;
  }
}

/** The statements at exactly this indentation. */
function block(lines: Lines, indent: number): Statement[] {
  const statements: Statement[] = [];
  for (let line = lines.peek(); line !== undefined && line.indent >= indent; line = lines.peek()) {
    if (line.indent > indent) {
      throw new SuiteError('this line is indented, but nothing above it begins a block', line.place);
    }
    statements.push(statement(lines));
  }
  return statements;
}

/** The block below the line just taken; an error when there is none. */
function blockBelow(lines: Lines, head: SourceLine): Statement[] {
  const statements = optionalBlock(lines, head);
  if (statements.length === 0) {
    throw new SuiteError(`"${head.text}" needs a block`, head.place, 'indent the lines that belong to it');
  }
  return statements;
}

function optionalBlock(lines: Lines, head: SourceLine): Statement[] {
  const next = lines.peek();
  return next !== undefined && next.indent > head.indent ? block(lines, next.indent) : [];
}

function statement(lines: Lines): Statement {
  const line = lines.take();
  if (line.text.startsWith('|')) {
    throw new SuiteError('an alternative without an expectation above it', line.place);
  }
  return expectStatement(line, lines) ?? compound(line, lines) ?? parseSimple(line);
}

const EXPECT = /^(?:([A-Z]) )?(?=S(?:[:=>]|\s+(?:close|reset|timeout|silence|tls|alert)\b))/;

function expectStatement(line: SourceLine, lines: Lines): Statement | undefined {
  const match = EXPECT.exec(line.text);
  if (match === null) return undefined;
  const alternatives: Expectation[] = [expectation(line, match[0].length, lines)];
  for (
    let next = lines.peek();
    next?.indent === line.indent && next.text.startsWith('|');
    next = lines.peek()
  ) {
    const alternative = lines.take();
    const skip = /^\|\s*/.exec(alternative.text)?.[0].length ?? 1;
    alternatives.push(expectation(alternative, skip, lines));
  }
  return { kind: 'expect', label: match[1], alternatives, place: line.place, source: line.text.trimEnd() };
}

function expectation(line: SourceLine, skip: number, lines: Lines): Expectation {
  const head = parseExpectation({
    text: line.text.slice(skip),
    place: { ...line.place, column: line.place.column + skip },
  });
  return { ...head, block: optionalBlock(lines, line), place: line.place };
}

const RANGE = /^(.*?)\.\.(.*)$/;

/** Statements that head a block. */
function compound(line: SourceLine, lines: Lines): Statement | undefined {
  const at = { place: line.place, source: line.text };
  const word = /^[a-z]+/.exec(line.text)?.[0] ?? '';
  const rest = line.text.slice(word.length).trimStart();
  const text = {
    text: rest,
    place: { ...line.place, column: line.place.column + line.text.length - rest.length },
  };
  switch (word) {
    case 'for': {
      const match = /^([a-z_]\w*) in (.+)$/.exec(rest);
      if (match === null)
        throw new SuiteError('for is written "for name in list" or "for name in 1..n"', line.place);
      const over = match[2] ?? '';
      const start = text.place.column + rest.length - over.length;
      const range = RANGE.exec(over);
      return {
        ...at,
        kind: 'for',
        name: match[1] ?? '',
        from: { text: range?.[1] ?? over, place: { ...line.place, column: start } },
        to:
          range === null
            ? undefined
            : { text: range[2] ?? '', place: { ...line.place, column: start + (range[1] ?? '').length + 2 } },
        block: blockBelow(lines, line),
      };
    }
    case 'repeat':
      return { ...at, kind: 'repeat', times: text, block: blockBelow(lines, line) };
    case 'if':
      return {
        ...at,
        kind: 'if',
        condition: text,
        block: blockBelow(lines, line),
        otherwise: elseBlock(line, lines),
      };
    case 'else':
      if (rest !== '') throw new SuiteError('nothing stands behind else', line.place, 'an if goes below it');
      throw new SuiteError('else without an if above it', line.place);
    case 'retry': {
      const match = /^for (\S+)(?: every (\S+))?$/.exec(rest);
      const forMs = parseDuration(match?.[1] ?? '');
      const everyMs = parseDuration(match?.[2] ?? '250ms');
      if (forMs === undefined || everyMs === undefined) {
        throw new SuiteError('retry is written "retry for 10s" or "retry for 10s every 500ms"', line.place);
      }
      return { ...at, kind: 'retry', forMs, everyMs, block: blockBelow(lines, line) };
    }
    case 'phase':
      if (!/^[a-z][a-z0-9-]*$/.test(rest)) throw new SuiteError('phase is written "phase name"', line.place);
      return { ...at, kind: 'phase', name: rest, block: blockBelow(lines, line) };
    case 'choose':
      return { ...at, kind: 'choose', options: weights(line, lines) };
    case 'weight':
      throw new SuiteError('weight stands only below choose', line.place);
    default:
      return undefined;
  }
}

function elseBlock(head: SourceLine, lines: Lines): Statement[] {
  const next = lines.peek();
  if (next === undefined || next.indent !== head.indent || next.text !== 'else') return [];
  return blockBelow(lines, lines.take());
}

function weights(head: SourceLine, lines: Lines): { weight: number; block: Statement[] }[] {
  const options: { weight: number; block: Statement[] }[] = [];
  const indent = lines.peek()?.indent ?? 0;
  for (let next = lines.peek(); next !== undefined && next.indent > head.indent; next = lines.peek()) {
    const match = /^weight (\d+(?:\.\d+)?)$/.exec(next.text);
    if (match === null || next.indent !== indent) {
      throw new SuiteError('below choose stand lines "weight NUMBER", each with a block', next.place);
    }
    options.push({ weight: Number(match[1]), block: blockBelow(lines, lines.take()) });
  }
  if (!options.some((option) => option.weight > 0)) {
    throw new SuiteError('choose needs at least one weight above 0', head.place);
  }
  return options;
}
