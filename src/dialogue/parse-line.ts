import type { Action, Event, Expectation, Outcome, SendPiece, Statement, Text } from './ast.js';
import { parseDuration } from './duration.js';
import { type SourcePlace, SuiteError } from './errors.js';
import type { SourceLine } from './lines.js';
import { GOES_ON, VERDICTS, type Verdict } from './outcome.js';

const STRING = '"(?:[^"\\\\]|\\\\.)*"';
const SPOKEN_VERDICTS = VERDICTS.filter((verdict) => verdict !== 'error').join('|');
const OUTCOME = new RegExp(`\\s+=>\\s*(${SPOKEN_VERDICTS})(?:\\s+(${STRING}))?\\s*$`);
const REASON = new RegExp(`\\s+=>\\s*(${STRING})\\s*$`);
const VERDICT_LINE = new RegExp(`^(${SPOKEN_VERDICTS})(?:\\s+(${STRING}))?$`);

/** Reads `S: …`, `S= …`, `S> …` or an event, with its outcome. */
export function parseExpectation(input: Text): Omit<Expectation, 'block' | 'place'> {
  const { rest, outcome } = splitOutcome(input);
  return { event: parseEvent({ text: rest, place: input.place }), outcome, source: rest.trimEnd() };
}

function parseEvent(input: Text): Event {
  const sign = /^S([:=>])(?: (.*))?$/s.exec(input.text);
  if (sign !== null) {
    const inner = { text: sign[2] ?? '', place: shift(input.place, 3) };
    if (sign[1] === ':') return { kind: 'line', pattern: inner };
    if (sign[1] === '=') return { kind: 'exact', string: { ...inner, text: inner.text.trim() } };
    return { kind: 'body', pattern: { ...inner, text: inner.text.trimEnd() } };
  }
  const words = input.text.trim().split(/\s+/);
  const [, name, value] = words;
  if (
    words[0] === 'S' &&
    words.length === 2 &&
    (name === 'close' || name === 'reset' || name === 'timeout' || name === 'tls')
  ) {
    return { kind: name };
  }
  if (words[0] === 'S' && name === 'alert' && words.length <= 3 && /^[a-z][a-z0-9_]*$/.test(value ?? 'any')) {
    return { kind: 'alert', name: value };
  }
  if (words[0] === 'S' && name === 'silence' && words.length === 3) {
    return { kind: 'silence', ms: duration(value, input.place) };
  }
  throw new SuiteError(
    `"${input.text.trim()}" is nothing that can be expected`,
    input.place,
    'write S: +OK, S> {body}, S= "bytes", S close, S reset, S silence 2s, S timeout, S tls or S alert',
  );
}

function splitOutcome(input: Text): { rest: string; outcome: Outcome | undefined } {
  const match = OUTCOME.exec(input.text);
  if (match === null) return { rest: input.text, outcome: undefined };
  return {
    rest: input.text.slice(0, match.index),
    outcome: { verdict: match[1] as Verdict, reason: reasonAt(input, match[2]) },
  };
}

function reasonAt(input: Text, quoted: string | undefined): Text | undefined {
  if (quoted === undefined) return undefined;
  return { text: quoted, place: shift(input.place, input.text.lastIndexOf(quoted)) };
}

/** Reads a statement of one line: sends, actions and everything that heads no block. */
export function parseSimple(line: SourceLine): Statement {
  const at = { place: line.place, source: line.text.trimEnd() };
  const send = /^(?:([A-Z]) )?C([:=])(?: (.*))?$/s.exec(line.text);
  if (send !== null) {
    const body = send[3] ?? '';
    const text = { text: body, place: shift(line.place, line.text.length - body.length) };
    if (send[2] === ':') return { ...at, kind: 'send', label: send[1], text };
    return { ...at, kind: 'send-exact', label: send[1], pieces: sendPieces(text) };
  }
  const act = /^(?:([A-Z]) )?C (connect|tls|close|half-close|abort)((?: \S+=\S+)*)$/.exec(line.text);
  if (act !== null) {
    return {
      ...at,
      kind: 'action',
      label: act[1],
      action: act[2] as Action,
      options: optionsOf(act[3] ?? ''),
    };
  }
  const use = /^(?:([A-Z]) )?use ([a-z][a-z0-9-]*)(.*)$/.exec(line.text);
  if (use !== null) return useStatement(line, use);
  const verdict = VERDICT_LINE.exec(line.text);
  if (verdict !== null) {
    const reason = reasonAt({ text: line.text, place: line.place }, verdict[2]);
    return { ...at, kind: 'verdict', outcome: { verdict: verdict[1] as Verdict, reason } };
  }
  if (line.text === 'stop') return { ...at, kind: 'stop' };
  return keywordStatement(line, at);
}

function keywordStatement(line: SourceLine, at: { place: SourcePlace; source: string }): Statement {
  const word = /^[a-z]+/.exec(line.text)?.[0] ?? '';
  const rest = line.text.slice(word.length).trimStart();
  const place = shift(line.place, line.text.length - rest.length);
  switch (word) {
    case 'check':
    case 'should':
    case 'note': {
      const match = REASON.exec(line.text);
      const end = match === null ? line.text.length : match.index;
      const expression = { text: line.text.slice(place.column - line.place.column, end), place };
      return { ...at, kind: 'assert', mode: word, expression, reason: reasonAt(line, match?.[1]) };
    }
    case 'let': {
      const match = /^([a-z_]\w*) = (.+)$/.exec(rest);
      if (match === null) throw new SuiteError('let is written "let name = expression"', line.place);
      const expression = match[2] ?? '';
      return {
        ...at,
        kind: 'let',
        name: match[1] ?? '',
        expression: { text: expression, place: shift(place, rest.length - expression.length) },
      };
    }
    case 'pause':
      return { ...at, kind: 'pause', ms: duration(rest, place) };
    case 'timeout':
      return { ...at, kind: 'timeout', ms: duration(rest, place) };
    case 'think':
      return { ...at, ...think(rest, place) };
    case 'deliver': {
      const match = /^(.+?)(?: to (.+))?$/.exec(rest);
      if (match === null)
        throw new SuiteError('deliver is written: deliver "plain.eml" [to user2]', line.place);
      const to = match[2];
      return {
        ...at,
        kind: 'deliver',
        fixture: { text: match[1] ?? '', place },
        to: to === undefined ? undefined : { text: to, place: shift(place, rest.length - to.length) },
      };
    }
    default:
      throw new SuiteError(
        `"${line.text}" is not a line of a dialogue`,
        line.place,
        'docs/dialogue.md lists them all',
      );
  }
}

function think(
  rest: string,
  place: SourcePlace,
): Omit<Extract<Statement, { kind: 'think' }>, 'place' | 'source'> {
  if (rest.startsWith('~')) {
    const mean = duration(rest.slice(1), place);
    return { kind: 'think', spread: 'exponential', minMs: mean, maxMs: mean };
  }
  const [from, to] = rest.split('..');
  const minMs = duration(from, place);
  const maxMs = to === undefined ? minMs : duration(to, place);
  if (maxMs < minMs) throw new SuiteError('the second duration is shorter than the first', place);
  return { kind: 'think', spread: 'uniform', minMs, maxMs };
}

function useStatement(line: SourceLine, match: RegExpExecArray): Statement {
  const at = { place: line.place, source: line.text };
  const behind = match[3] ?? '';
  let place = shift(line.place, line.text.length - behind.length);
  const { rest, outcome } = splitOutcome({ text: behind, place });
  if (outcome !== undefined && GOES_ON.has(outcome.verdict)) {
    throw new SuiteError(
      `"=> ${outcome.verdict}" cannot stand behind use: where a fragment fails, nothing can go on`,
      line.place,
      'write fail, unsupported, blocked or inconclusive; what may be otherwise is an alternative in the fragment',
    );
  }
  const bindings: { name: string; expression: Text }[] = [];
  if (rest.trim() !== '') {
    const lead = /^\s+with /.exec(rest)?.[0];
    if (lead === undefined) {
      throw new SuiteError('use is written "use name", "use name with a = 1, b = 2"', line.place);
    }
    place = shift(place, lead.length);
    for (const part of rest.slice(lead.length).split(/,(?=\s*[a-z_]\w* = )/)) {
      const binding = /^(\s*([a-z_]\w*) = )(.+?)\s*$/.exec(part);
      if (binding === null) throw new SuiteError(`"${part.trim()}" is not "name = expression"`, line.place);
      const [, head = '', name = '', text = ''] = binding;
      bindings.push({ name, expression: { text, place: shift(place, head.length) } });
      place = shift(place, part.length + 1);
    }
  }
  return { ...at, kind: 'use', label: match[1], name: match[2] ?? '', bindings, outcome };
}

const PIECE = new RegExp(`^\\s*(?:(${STRING})(?:\\s*\\*\\s*(\\d+))?|pause\\s+(\\S+))`);

/** A ClientHello at the end, with the options of `C tls`. */
const HELLO = /^\s*tls((?: \S+=\S+)*)\s*$/;

function sendPieces(text: Text): SendPiece[] {
  const pieces: SendPiece[] = [];
  let at = 0;
  while (text.text.slice(at).trim() !== '') {
    const hello = HELLO.exec(text.text.slice(at));
    if (hello !== null) {
      pieces.push({ kind: 'tls', options: optionsOf(hello[1] ?? ''), place: shift(text.place, at) });
      break;
    }
    const match = PIECE.exec(text.text.slice(at));
    const place = shift(text.place, at);
    if (match === null) {
      throw new SuiteError(
        'a string in quotes or "pause 300ms" is needed here',
        place,
        'C= "NOO" pause 300ms "P\\r\\n"',
      );
    }
    const [whole, string, times, pause] = match;
    if (string === undefined) pieces.push({ kind: 'pause', ms: duration(pause, place) });
    else {
      const lead = whole.indexOf('"');
      pieces.push({
        kind: 'string',
        string: { text: string, place: shift(place, lead) },
        times: Number(times ?? 1),
      });
    }
    at += whole.length;
  }
  if (!pieces.some((piece) => piece.kind !== 'pause')) throw new SuiteError('C= sends nothing', text.place);
  return pieces;
}

function optionsOf(text: string): Map<string, string> {
  return new Map(
    text
      .trim()
      .split(/\s+/)
      .filter((option) => option !== '')
      .map((option) => [option.slice(0, option.indexOf('=')), option.slice(option.indexOf('=') + 1)]),
  );
}

function duration(text: string | undefined, place: SourcePlace): number {
  const ms = parseDuration(text ?? '');
  if (ms === undefined)
    throw new SuiteError(`"${text ?? ''}" is not a duration`, place, 'such as 300ms, 2s or 1m');
  return ms;
}

function shift(place: SourcePlace, columns: number): SourcePlace {
  return { ...place, column: place.column + columns };
}
