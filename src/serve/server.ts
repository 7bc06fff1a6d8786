import { createServer, type Server, type Socket } from 'node:net';
import { nearMatches } from '../near-matches.js';
import { saslprep } from '../pop3/saslprep.js';
import type { Behaviour } from './behaviour.js';
import { type CertificateKind, certificateOf } from './certificate.js';
import { cleanBehaviour } from './clean.js';
import { type ServerCore, serveConnection } from './connection.js';
import { hintFor, ServeError } from './errors.js';
import { chosenFault, Rota } from './faults/chosen.js';
import type { Fault } from './faults/fault.js';
import { Gate } from './gate.js';
import { applyLimits, type Limits } from './limits.js';
import { listen, portOf } from './listening.js';
import { deliverTo, type Maildrop, makeMaildrop, replaceMail, type StoredMessage } from './maildrop.js';
import { type Personality, personalities, personalityById } from './personalities/index.js';
import { putOn } from './personalities/personality.js';
import { applyPolicy, type Policy } from './policy.js';
import type { ServerCounters } from './session.js';
import { shakeHands, tlsCore } from './tls.js';

export interface ServerOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Plain port with STLS; default 0, a free one. */
  port?: number;
  /** Port for implicit TLS; default 0, a free one; null for none. */
  tlsPort?: number | null;
  users?: readonly UserOptions[];
  /** Id of a server in service whose ways it takes on; faults and limits come on top. */
  personality?: string;
  /** Ids of the fault catalogue, applied in this order; `ID@1/N` is in one session of N. */
  faults?: readonly string[];
  /** Announces nothing and has no CAPA, TOP, UIDL, APOP, AUTH and STLS (RFC 1939 §9). */
  minimal?: boolean;
  /** Default ten minutes, the least that RFC 1939 §3 allows. */
  autologoutMs?: number;
  /** Limits of a server in service; default: none. */
  limits?: Limits;
  /** PEM; default: a self-signed certificate for localhost made at start. */
  tls?: { key: string; cert: string };
}

export interface UserOptions extends Policy {
  name: string;
  password: string;
  /** Bearer token for OAUTHBEARER and XOAUTH2; default: the password. */
  token?: string;
  /** With CRLF or LF line ends; the same array given to several users is stored once. */
  messages?: readonly Uint8Array[];
}

export interface RunningServer {
  readonly host: string;
  /** 0 where a personality has no plain port. */
  readonly port: number;
  readonly tlsPort: number | null;
  /** PEM; what a client has to trust. */
  readonly certificate: string;
  /** Live: read it when it is needed. */
  readonly counters: Readonly<ServerCounters>;
  /** Puts a message into a maildrop; a session that is open there does not see it. Throws ServeError for an unknown user. */
  deliver(user: string, message: Uint8Array): void;
  /** Throws ServeError for an unknown user. */
  replaceMail(user: string, messages: readonly Uint8Array[]): void;
  /** Throws ServeError for an unknown user. */
  messages(user: string): readonly StoredMessage[];
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

export type { Limits } from './limits.js';
export type { StoredMessage } from './maildrop.js';
export type { ServerCounters } from './session.js';

const DEFAULT_HOST = '127.0.0.1';
/** The least that RFC 1939 §3 allows. */
export const AUTOLOGOUT_MS = 600_000;
/** Certificates that a client is not meant to trust. */
const UNTRUSTED: readonly CertificateKind[] = ['untrusted', 'intercepted'];
/** A peer that half-closes still gets the answers to what it has sent. */
const SOCKET_OPTIONS = { noDelay: true, allowHalfOpen: true };

/** Starts the embedded POP3 server. Throws ServeError for an unknown fault or personality, or an address that cannot be listened on. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { host = DEFAULT_HOST, port = 0, users = [] } = options;
  const personality = options.personality === undefined ? undefined : personalityNamed(options.personality);
  if (personality !== undefined) checkPorts(personality, options);
  const tlsPort = personality?.only === 'plain' ? null : options.tlsPort === undefined ? 0 : options.tlsPort;
  const chosen = [...(personality?.faults ?? []), ...(options.faults ?? [])].map(chosenFault);
  const limits: Limits = Object.assign(
    {},
    personality?.limits,
    ...chosen.map(({ fault }) => fault.limits),
    options.limits,
  );
  const counters = noCounts();
  const make = (faults: readonly Fault[]): Behaviour => {
    const made = cleanBehaviour(options.minimal ?? false);
    if ([limits, ...users].some(hasPolicy))
      applyPolicy(made, {
        ...limits,
        users: users.map((user) => ({ ...user, name: prepared(user.name) })),
      });
    if (personality?.face !== undefined) putOn(made, personality.face);
    for (const fault of faults) fault.apply(made);
    personality?.apply?.(made);
    applyLimits(made, limits);
    return made;
  };
  const rota = new Rota(chosen, make, counters.faultySessions);
  const behaviour = rota.general;
  const tls = options.tls ?? (await certificateOf(behaviour.tls.certificate));
  const drops = new Map<string, Maildrop>();
  for (const { name, password, token = password, messages = [] } of users) {
    const user = prepared(name);
    drops.set(user, makeMaildrop(user, prepared(password), token, messages));
  }
  const core: ServerCore = {
    behaviour,
    drops,
    counters,
    tls: tlsCore(behaviour.tls, tls),
    autologoutMs: options.autologoutMs ?? AUTOLOGOUT_MS,
    replyDelayMs: limits.replyDelayMs ?? 0,
  };

  const open = new Set<Socket>();
  const track = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  const listeners: Server[] = [];
  let returning: NodeJS.Timeout | undefined;
  const gate = new Gate(limits, (forMs) => {
    const ports = listeners.map(portOf);
    for (const listener of listeners) listener.close();
    for (const socket of open) socket.destroy();
    returning = setTimeout(() => {
      listeners.forEach((listener, index) => void listen(listener, host, ports[index] ?? 0));
    }, forMs);
  });
  const accept = (secure: boolean) => (socket: Socket) => {
    if (gate.admits(socket)) serveConnection(socket, secure, { ...core, behaviour: rota.next() });
  };
  const plain = createServer(SOCKET_OPTIONS, accept(false));
  plain.on('connection', track);
  if (personality?.only !== 'tls') {
    listeners.push(plain);
    await listen(plain, host, port);
  }
  let secure: Server | undefined;
  if (tlsPort !== null) {
    secure = createServer(SOCKET_OPTIONS, (socket) => {
      const handshake = (): void => {
        const shaken = shakeHands(socket, core.tls);
        const giveUp = (): void => void socket.destroy();
        shaken.once('error', giveUp).once('timeout', giveUp);
        shaken.once('secure', () => {
          shaken.off('error', giveUp).off('timeout', giveUp);
          accept(true)(shaken);
        });
      };
      behaviour.acceptTls(socket, handshake, () => accept(false)(socket));
    });
    secure.on('connection', track);
    listeners.push(secure);
    await listen(secure, host, tlsPort).catch((error) => {
      plain.close();
      throw error;
    });
  }

  const dropOf = (user: string): Maildrop => {
    const drop = drops.get(prepared(user));
    if (drop === undefined) {
      const known = nearMatches(user, [...drops.keys()]).join(', ');
      throw new ServeError('unknown-user', `the server has no user ${JSON.stringify(user)}`, hintFor(known));
    }
    return drop;
  };
  return {
    host,
    port: portOf(plain),
    tlsPort: secure === undefined ? null : portOf(secure),
    certificate: UNTRUSTED.includes(behaviour.tls.certificate)
      ? (await certificateOf('sound')).cert
      : tls.cert,
    counters,
    deliver: (user, message) => deliverTo(dropOf(user), message),
    replaceMail: (user, messages) => replaceMail(dropOf(user), messages),
    messages: (user) => dropOf(user).messages,
    async close() {
      clearTimeout(returning);
      const closing = listeners.map((listener) => new Promise((done) => listener.close(done)));
      for (const socket of open) socket.destroy();
      await Promise.all(closing);
    },
  };
}

function personalityNamed(id: string): Personality {
  const personality = personalityById(id);
  if (personality !== undefined) return personality;
  const near = nearMatches(
    id,
    personalities.map((one) => one.id),
  ).join(', ');
  throw new ServeError('unknown-personality', `there is no personality ${JSON.stringify(id)}`, hintFor(near));
}

/** A port that the personality does not have is not to be asked for in vain. */
function checkPorts({ id, only }: Personality, { port = 0, tlsPort = 0 }: ServerOptions): void {
  if (only === 'tls' && (port !== 0 || tlsPort === null))
    throw new ServeError('bad-option', `${id} speaks TLS alone`, 'give a TLS port and no plain one');
  if (only === 'plain' && tlsPort !== null && tlsPort !== 0)
    throw new ServeError('bad-option', `${id} has no TLS port`, 'give a plain port alone');
}

function hasPolicy({ loginDelay, expire }: Policy): boolean {
  return loginDelay !== undefined || expire !== undefined;
}

/** Names and passwords are kept as SASLprep makes them (RFC 6856 §2.2). */
function prepared(text: string): string {
  return saslprep(text) ?? text;
}

function noCounts(): ServerCounters {
  return {
    connections: 0,
    sessions: 0,
    loginFailures: 0,
    commands: 0,
    commandsByVerb: {},
    messagesSent: 0,
    octetsSent: 0,
    messagesDeleted: 0,
    faultySessions: {},
  };
}
