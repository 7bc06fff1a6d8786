import type { Reply } from '../pop3/reply.js';
import type { Scope } from './expression.js';
import { captured } from './pattern.js';
import type { Alternative, Match, Step } from './program.js';
import { render } from './template.js';
import type { BodyValue } from './values.js';

type Expect = Extract<Step, { op: 'expect' }>;

/** The first alternative that the status line fits; its captures are put into `scope`. */
export function matchLine(step: Expect, reply: Reply, scope: Scope): Alternative | undefined {
  for (const alternative of step.alternatives)
    if (lineFits(alternative.match, reply, scope)) return alternative;
  return undefined;
}

function lineFits(match: Match, reply: Reply, scope: Scope): boolean {
  if (match.on === 'exact') {
    return (
      `${reply.line}${reply.crlf ? '\r\n' : '\n'}` === render(match.bytes, scope).bytes.toString('latin1')
    );
  }
  if (match.on !== 'line' || match.pattern.status !== reply.status) return false;
  const { pattern } = match;
  if (pattern.code !== undefined)
    return reply.code === pattern.code || reply.code.startsWith(`${pattern.code}/`);
  if (!pattern.demandsText) return true;
  const texts = pattern.match(reply.text, scope);
  if (texts === undefined) return false;
  pattern.captures.forEach((capture, index) => {
    scope[capture.name] = captured(capture, texts[index] ?? '');
  });
  return true;
}

/** The first alternative that every row of the content fits, or the row that the last one tried did not fit. */
export function matchBody(
  step: Expect,
  body: BodyValue,
  scope: Scope,
): { alternative: Alternative } | { row: number; text: string } {
  let misfit = { row: 0, text: '' };
  for (const alternative of step.alternatives) {
    const { match } = alternative;
    if (match.on === 'payload') {
      scope[match.name] = body;
      return { alternative };
    }
    if (match.on !== 'rows') continue;
    const rows = body.rows();
    const columns: (bigint | string)[][] = match.pattern.captures.map(() => []);
    const bad = rows.findIndex((row) => {
      const texts = match.pattern.match(row, scope);
      match.pattern.captures.forEach((capture, index) => {
        if (texts !== undefined) columns[index]?.push(captured(capture, texts[index] ?? ''));
      });
      return texts === undefined;
    });
    if (bad < 0) {
      match.pattern.captures.forEach((capture, index) => {
        scope[capture.name] = columns[index];
      });
      return { alternative };
    }
    misfit = { row: bad + 1, text: rows[bad] ?? '' };
  }
  return misfit;
}

/** The alternative for an event, if the dialogue has one. */
export function matchEvent(
  step: Expect,
  event: 'close' | 'reset' | 'timeout' | 'silence' | 'tls' | 'alert',
  alert = '',
): Alternative | undefined {
  return step.alternatives.find(
    ({ match }) => match.on === event && (match.on !== 'alert' || (match.name ?? alert) === alert),
  );
}
