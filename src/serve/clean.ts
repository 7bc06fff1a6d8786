import { randomBytes } from 'node:crypto';
import type { Behaviour } from './behaviour.js';
import { minimalCommands, optionalCommands } from './commands.js';
import { ENGLISH } from './languages.js';
import { cleanLogin } from './login.js';
import { removeFrom } from './maildrop.js';
import { cleanSasl } from './sasl/clean.js';
import { err, markedMessages, ok, type Session } from './session.js';
import { CLEAN_TLS } from './tls.js';
import { cleanUtf8 } from './utf8.js';
import { cleanViews } from './views.js';

/** Keywords and arguments are printable ASCII (RFC 1939 §3). */
const PRINTABLE = /^[\x20-\x7e]*$/;
/** The octets of UTF-8 besides; what is well-formed is for the command to say. */
const PRINTABLE_UTF8 = /^[\x20-\x7e\x80-\xff]*$/;
const NO_ARGUMENTS: readonly string[] = [];
const NOTHING = Buffer.alloc(0);

/** The conforming server. `minimal` leaves out all that RFC 1939 §9 and later documents make optional. */
export function cleanBehaviour(minimal: boolean): Behaviour {
  const commands = new Map(minimal ? minimalCommands() : [...minimalCommands(), ...optionalCommands()]);
  return {
    ...cleanViews,
    ...cleanLogin,
    ...cleanUtf8,
    sasl: cleanSasl(),
    commands,
    findCommand: (keyword) => commands.get(keyword) ?? commands.get(keyword.toUpperCase()),
    takeLine,
    emptyLine: (s) => err(s, 'empty command'),
    unknownCommand: (s) => err(s, 'unknown command'),
    longLineRest: 'dropped',
    unfinishedLine: 'waits',

    statusLine(positive, text) {
      const status = positive ? '+OK' : '-ERR';
      return text === '' ? `${status}\r\n` : `${status} ${text}\r\n`;
    },
    greet: (s) => ok(s, `popspec ready${s.timestamp === '' ? '' : ` ${s.timestamp}`}`),
    timestamp: minimal ? () => '' : timestamps(),
    capabilities,
    policyLines: () => ['EXPIRE NEVER'],
    responseCode: (code) => (minimal ? '' : `[${code}] `),

    fetched: () => undefined,
    mark: (s, n) => s.marks.add(n),
    commit(s) {
      if (s.drop === null || s.marks.size === 0) return;
      s.counters.messagesDeleted += removeFrom(s.drop, markedMessages(s));
    },
    release(s) {
      if (s.drop?.owner === s) s.drop.owner = null;
      s.drop = null;
      s.phase = 'authorization';
      s.messages = [];
      s.count = 0;
      s.marks.clear();
    },
    farewell: (s) => ok(s, 'bye'),
    hangUp: (s) => s.port.hangUp(),
    // Only QUIT removes anything (RFC 1939 §6).
    abandoned: () => undefined,
    ended: () => undefined,

    tls: { ...CLEAN_TLS },
    acceptTls: (_socket, handshake) => handshake(),
    // In TLS this sends the close alert first (RFC 8314 §3.4).
    endConnection: (socket, ended) => socket.end(ended),
    // Whatever was sent or learnt in clear may come from an attacker (RFC 2595 §4).
    inputAfterStls: () => NOTHING,
    beforeHandshake: (_s, _socket, handshake) => handshake(),
    secured(s) {
      s.name = null;
      s.language = ENGLISH;
    },
  };
}

function takeLine(s: Session, line: string): boolean {
  const { behaviour } = s;
  s.counters.commands++;
  const name = s.name;
  s.name = null;
  if (line === '') return behaviour.emptyLine(s);
  const space = line.indexOf(' ');
  const keyword = space < 0 ? line : line.slice(0, space);
  const command = behaviour.findCommand(keyword);
  const allowed = command?.utf8 ? PRINTABLE_UTF8 : PRINTABLE;
  if (!allowed.test(line)) return err(s, 'a command consists of printable ASCII characters');
  if (command === undefined) return behaviour.unknownCommand(s, line);
  count(s, keyword);
  if (command.phase !== 'any' && command.phase !== s.phase) {
    return err(s, `this command is not valid in the ${s.phase.toUpperCase()} state`);
  }
  const args = space < 0 ? NO_ARGUMENTS : argumentsOf(line.slice(space + 1), command.rest);
  if (args.length < command.min || args.length > command.max || args.includes('')) {
    return err(s, 'wrong arguments');
  }
  if (command.keepsName) s.name = name;
  return command.run(s, args);
}

function argumentsOf(text: string, asOne: true | undefined): readonly string[] {
  return asOne ? [text] : text.split(' ');
}

function count(s: Session, keyword: string): void {
  const { commandsByVerb } = s.counters;
  const verb = keyword.toUpperCase();
  commandsByVerb[verb] = (commandsByVerb[verb] ?? 0) + 1;
}

function capabilities(s: Session): string[] {
  const list = [
    'TOP',
    'UIDL',
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'PIPELINING',
    'USER',
    `SASL ${s.behaviour.sasl.offered(s).join(' ')}`,
    'UTF8 USER',
    'LANG',
    ...s.behaviour.policyLines(s),
    'IMPLEMENTATION popspec',
  ];
  // Announced only where it is permitted (RFC 2595 §4).
  return s.secure || s.phase !== 'authorization' ? list : [...list, 'STLS'];
}

/** Timestamps that differ for every greeting of every server ever started (RFC 1939 §7 APOP). */
function timestamps(): () => string {
  const unique = randomBytes(12).toString('hex');
  let counter = 0;
  return () => `<${unique}.${++counter}@localhost>`;
}
