import { apopLogin, passLogin } from './login.js';
import { authenticate } from './sasl/exchange.js';
import { data, err, ok, type Phase, type Session } from './session.js';
import { lang, utf8Mode } from './utf8.js';
import { wantMessage } from './views.js';

export interface Command {
  phase: Phase | 'any';
  /** Least and greatest number of arguments. */
  min: number;
  max: number;
  /** The rest of the line is one argument, spaces included (RFC 1939 §7 PASS). */
  rest?: true;
  /** A USER given just before still counts afterwards; every other command forgets it (RFC 1939 §7 PASS). */
  keepsName?: true;
  /** The arguments may hold more than ASCII (RFC 6856 §2.2). */
  utf8?: true;
  /** Answers; returns whether the answer was positive. */
  run(s: Session, args: readonly string[]): boolean;
}

/** The commands of RFC 1939 §9 that every server has. */
export function minimalCommands(): [string, Command][] {
  return [
    ['USER', { phase: 'authorization', min: 1, max: 1, utf8: true, run: user }],
    [
      'PASS',
      { phase: 'authorization', min: 1, max: 1, rest: true, utf8: true, keepsName: true, run: passLogin },
    ],
    ['STAT', { phase: 'transaction', min: 0, max: 0, run: stat }],
    ['LIST', { phase: 'transaction', min: 0, max: 1, run: list }],
    ['RETR', { phase: 'transaction', min: 1, max: 1, run: retr }],
    ['DELE', { phase: 'transaction', min: 1, max: 1, run: dele }],
    ['NOOP', { phase: 'transaction', min: 0, max: 0, run: (s) => ok(s) }],
    ['RSET', { phase: 'transaction', min: 0, max: 0, run: rset }],
    ['QUIT', { phase: 'any', min: 0, max: 0, run: quit }],
  ];
}

/** The commands that are announced by CAPA or by the greeting. */
export function optionalCommands(): [string, Command][] {
  return [
    ['APOP', { phase: 'authorization', min: 2, max: 2, utf8: true, run: apopLogin }],
    ['TOP', { phase: 'transaction', min: 2, max: 2, run: top }],
    ['UIDL', { phase: 'transaction', min: 0, max: 1, run: uidl }],
    ['CAPA', { phase: 'any', min: 0, max: 0, run: capa }],
    // A failed AUTH leaves things as if it had not been issued, so a name stays (RFC 5034 §4).
    ['AUTH', { phase: 'authorization', min: 1, max: 2, keepsName: true, run: authenticate }],
    ['STLS', { phase: 'authorization', min: 0, max: 0, run: stls }],
    ['UTF8', { phase: 'authorization', min: 0, max: 0, run: utf8Mode }],
    ['LANG', { phase: 'any', min: 0, max: 1, run: lang }],
  ];
}

/** Every name is welcome, so that the answer does not tell which names exist (RFC 1939 §13). */
function user(s: Session, [octets = '']: readonly string[]): boolean {
  const name = s.behaviour.credential(octets);
  if (name === null) return err(s, `${s.behaviour.responseCode('AUTH')}no name is written like this`);
  s.name = name;
  return ok(s, 'send PASS');
}

function stat(s: Session): boolean {
  return data(s, s.behaviour.statText(s));
}

function list(s: Session, [argument]: readonly string[]): boolean {
  if (argument === undefined) return sendRows(s, 'LIST', 'scan listing follows', s.behaviour.scanRows(s));
  const n = wantMessage(s, 'LIST', argument);
  return typeof n === 'number' ? data(s, s.behaviour.scanOne(s, n)) : n.answer;
}

function uidl(s: Session, [argument]: readonly string[]): boolean {
  if (argument === undefined) return sendRows(s, 'UIDL', 'unique-ids follow', s.behaviour.uidRows(s));
  const n = wantMessage(s, 'UIDL', argument);
  return typeof n === 'number' ? data(s, s.behaviour.uidOne(s, n)) : n.answer;
}

function capa(s: Session): boolean {
  return sendRows(s, 'CAPA', 'capabilities follow', s.behaviour.capabilities(s));
}

function sendRows(s: Session, verb: string, text: string, rows: readonly string[]): boolean {
  ok(s, text);
  s.port.write(s.behaviour.rows(verb, rows));
  return true;
}

function retr(s: Session, [argument]: readonly string[]): boolean {
  const n = wantMessage(s, 'RETR', argument);
  if (typeof n !== 'number') return n.answer;
  const stored = s.behaviour.message(s, n);
  if (stored === undefined) return s.behaviour.refuseMessage(s, 'RETR', 'unknown');
  const message = s.behaviour.form(s, stored);
  ok(s, `${message.octets} octets`);
  s.port.writeBytes(s.behaviour.retrBody(message));
  s.counters.messagesSent++;
  s.counters.octetsSent += message.octets;
  s.behaviour.fetched(s, n);
  return true;
}

function top(s: Session, [argument, lineArgument]: readonly string[]): boolean {
  const lines = s.behaviour.lineCount(lineArgument ?? '');
  if (lines < 0) return err(s, 'the line count is not a number');
  const n = wantMessage(s, 'TOP', argument);
  if (typeof n !== 'number') return n.answer;
  const message = s.behaviour.message(s, n);
  if (message === undefined) return s.behaviour.refuseMessage(s, 'TOP', 'unknown');
  ok(s, 'top of message follows');
  s.port.writeBytes(s.behaviour.topBody(s.behaviour.form(s, message), lines));
  return true;
}

function dele(s: Session, [argument]: readonly string[]): boolean {
  const n = wantMessage(s, 'DELE', argument);
  if (typeof n !== 'number') return n.answer;
  s.behaviour.mark(s, n);
  return ok(s, 'marked as deleted');
}

function rset(s: Session): boolean {
  s.marks.clear();
  return ok(s);
}

/** Removes and unlocks before the answer, so that a login right behind the answer finds things done (RFC 1939 §6). */
function quit(s: Session): boolean {
  if (s.drop !== null) {
    s.behaviour.commit(s);
    s.behaviour.release(s);
  }
  const answer = s.behaviour.farewell(s);
  s.behaviour.hangUp(s);
  return answer;
}

function stls(s: Session): boolean {
  if (s.secure) return err(s, 'TLS is already active');
  // Clients must not, and may be told so (RFC 6856 §2.1).
  if (s.utf8) return err(s, 'STLS comes before UTF8');
  ok(s, 'begin TLS');
  s.port.startTls();
  return true;
}
