import type { Behaviour } from '../behaviour.js';
import { requireTls } from '../require-tls.js';
import { err, ok, type Session } from '../session.js';
import { inArea, wrapCommand } from './fault.js';

/** Tells the refusal of a login in clear by what `differ` does when the password was right. */
function tellRightPassword(b: Behaviour, verb: string, differ: (s: Session) => boolean): void {
  const judge = b.commands.get(verb)?.run;
  const command = b.commands.get(verb);
  if (judge === undefined || command === undefined) return;
  requireTls(b);
  const refuse = command.run;
  const user = b.commands.get('USER');
  if (verb === 'PASS' && user !== undefined) user.run = (s, [name = '']) => takeName(s, name);
  command.run = (s, args) => (!s.secure && wouldLogIn(s, args, judge) ? differ(s) : refuse(s, args));
}

function takeName(s: Session, name: string): true {
  s.name = name;
  return ok(s, 'send PASS');
}

/** Runs a login for its outcome alone: nothing is sent, and the session stays where it was. */
function wouldLogIn(
  s: Session,
  args: readonly string[],
  run: (s: Session, args: readonly string[]) => boolean,
): boolean {
  const trial: Session = { ...s, port: { ...s.port, write: () => undefined }, marks: new Set() };
  const right = run(trial, args) && trial.phase === 'transaction';
  if (right) trial.behaviour.release(trial);
  return right;
}

export const clearTextFaults = inArea('stls', [
  {
    id: 'clear-tells-by-text',
    title: 'A login in clear is refused, in other words when the password was right',
    clause: '8314-4.1-DEP-3',
    needsTls: true,
    apply: (b) => tellRightPassword(b, 'PASS', (s) => err(s, 'right, but not without TLS')),
  },
  {
    id: 'clear-tells-by-code',
    title: 'A login in clear is refused, with [AUTH] when the password was right',
    clause: '8314-4.1-DEP-2',
    needsTls: true,
    apply: (b) => tellRightPassword(b, 'PASS', (s) => err(s, '[AUTH] not without TLS: say STLS first')),
  },
  {
    id: 'clear-tells-by-close',
    title: 'A login in clear is refused, by a close when the password was right',
    clause: '8314-4.1-DEP-2',
    needsTls: true,
    apply: (b) =>
      tellRightPassword(b, 'PASS', (s) => {
        b.hangUp(s);
        return false;
      }),
  },
  {
    id: 'clear-plain-tells',
    title: 'AUTH PLAIN in clear is refused, in other words when the password was right',
    clause: '8314-4.1-DEP-3',
    needsTls: true,
    apply: (b) => tellRightPassword(b, 'AUTH', (s) => err(s, 'right, but not without TLS')),
  },
  {
    id: 'clear-hole-plain',
    title: 'USER and PASS are refused in clear, and AUTH PLAIN is not',
    clause: '2595-2.3-CLR-1',
    needsTls: true,
    apply: (b) => leaveOpen(b, /^PLAIN$/i),
  },
  {
    id: 'clear-hole-login',
    title: 'USER and PASS are refused in clear, and AUTH LOGIN is not',
    clause: '2595-2.3-CLR-1',
    needsTls: true,
    apply: (b) => leaveOpen(b, /^LOGIN$/i),
  },
  {
    id: 'clear-user-announced',
    title: 'USER is announced in clear, where it is refused',
    clause: '2595-8-CAPA-2',
    needsTls: true,
    apply: (b) => announceInClear(b, 'USER'),
  },
  {
    id: 'clear-plain-announced',
    title: 'SASL PLAIN is announced in clear, where it is refused',
    clause: '2595-6-PLAIN-1',
    needsTls: true,
    apply: (b) => announceInClear(b, 'SASL PLAIN'),
  },
]);

/** Requires TLS for all but one mechanism. */
function leaveOpen(b: Behaviour, mechanism: RegExp): void {
  const open = b.commands.get('AUTH')?.run;
  requireTls(b);
  wrapCommand(b, 'AUTH', (s, args, next) =>
    open !== undefined && mechanism.test(args[0] ?? '') ? open(s, args) : next(s, args),
  );
}

function announceInClear(b: Behaviour, line: string): void {
  requireTls(b);
  const { capabilities } = b;
  b.capabilities = (s) => (s.secure ? capabilities(s) : [...capabilities(s), line]);
}
