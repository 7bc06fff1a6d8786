import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, type Attempt, attempt, endingOf, type Surroundings } from '../dialogue/attempt.js';
import type { AuthMode } from '../dialogue/auth.js';
import type { Library } from '../dialogue/library.js';
import type { Finding, TraceEvent } from '../dialogue/outcome.js';
import { quote } from '../dialogue/quote.js';
import { ReplyValue, TlsValue } from '../dialogue/values.js';
import { capabilityLines } from '../pop3/capabilities.js';
import { identify, probe, speaksTls } from '../wire/identify.js';
import { type Target, targetUrl } from '../wire/target.js';
import { hindranceOfOurs } from './hindrance.js';
import { offeredWays } from './login-ways.js';
import type { Problem, TargetInfo } from './result.js';

const OPEN = `
use open
`;

const CAPA = `
use open
C: CAPA
S: +OK
  S> {capability:text}
| S: -ERR
`;

const LOGIN = `
use session
`;

/** A server that greets with -ERR either refuses service and closes, or serves all the same. */
const AFTER_ERROR = `
C connect
S: -ERR
C: NOOP
S: +OK
| S: -ERR
`;

/** A server may need a moment to see that the connection before has gone, and some want more time between logins. */
const HINDERED_WAITS_MS = [50, 200, 1000, 3000];

/** What is known of a server before the first case. */
export interface Preflight {
  readonly info: TargetInfo;
  readonly transcript: readonly TraceEvent[];
  /** Why the run cannot begin. */
  readonly problem: Problem | undefined;
}

/**
 * Connects, reads the greeting and CAPA, shakes hands where TLS is chosen, and logs in as the first account.
 * Says what is wrong in words that help when the run cannot begin; recognises other protocols. A server that speaks
 * POP3 badly is no reason to stop: showing that is what the cases are for.
 */
export async function preflight(
  library: Library,
  surroundings: Surroundings,
  account: Account | undefined,
  auth: AuthMode | 'auto' = surroundings.auth,
): Promise<Preflight> {
  const { target } = surroundings;
  const run = async (
    dialogue: string,
    accounts: readonly Account[] = [],
    way = surroundings.auth,
  ): Promise<Attempt> => {
    const given = { ...surroundings, auth: way, tolerant: true };
    const program = library.compile(dialogue, '(preflight)');
    const { signal } = surroundings;
    for (let tries = 0; ; tries++) {
      const result = await attempt(program, given, accounts, {}, WATCHDOG_MS);
      const waitMs = dialogue === OPEN || signal?.aborted === true ? undefined : HINDERED_WAITS_MS[tries];
      if (waitMs === undefined || hindranceOfOurs(result) === undefined) return result;
      await sleep(waitMs);
    }
  };
  const bare = targetInfo(surroundings);
  const open = await run(OPEN);
  const ending = endingOf(open);
  if (surroundings.signal?.aborted === true)
    return { info: bare, transcript: open.transcript, problem: undefined };
  if (ending !== undefined) {
    const refused =
      ending.cause === 'reply' &&
      open.transcript.some(({ kind, text }) => kind === 'send' && text === 'STLS\r\n');
    const injected = ending.cause === 'unsolicited' && ending.source === 'C tls';
    const problem = refused
      ? noStls(ending, target)
      : injected
        ? clearBehindStls(ending, target)
        : await explain(ending, open.values.greeting, target);
    const serves =
      problem !== undefined && /^-ERR/i.test(ending.actual) && endingOf(await run(AFTER_ERROR)) === undefined;
    if (problem !== undefined && !serves) return { info: bare, transcript: open.transcript, problem };
  }
  const { greeting, reply, tls } = open.values;
  const capa = await run(CAPA);
  const { capability } = capa.values;
  const info: TargetInfo = {
    ...bare,
    greeting: typeof greeting === 'string' ? greeting : '',
    capabilities: Array.isArray(capability) ? capabilityLines(capability) : [],
    ...(reply instanceof ReplyValue ? { roundTripMs: Math.round(reply.seconds * 1e6) / 1000 } : {}),
    ...(tls instanceof TlsValue && tls.active ? { tlsProtocol: tls.protocol, tlsCipher: tls.cipher } : {}),
  };
  if (account === undefined) return { info, transcript: capa.transcript, problem: undefined };
  const ways = auth === 'auto' ? offeredWays(info.capabilities, info.greeting ?? '') : [auth];
  const transcript = [...capa.transcript];
  let first: Finding | undefined;
  for (const way of ways) {
    const login = await run(LOGIN, [account], way);
    transcript.push(...login.transcript);
    const refused = endingOf(login);
    if (refused === undefined) return { info: { ...info, auth: way }, transcript, problem: undefined };
    first ??= refused;
    if (refused.cause !== 'reply') break;
  }
  // A server that speaks otherwise than it should is let in for its cases.
  const problem =
    first === undefined || ending !== undefined ? undefined : loginProblem(first, account, ways);
  return { info: { ...info, auth: ways[0] ?? info.auth }, transcript, problem };
}

/** What is known of a target before it was talked to. */
export function targetInfo({ target, auth }: Surroundings): TargetInfo {
  const { host, port, address, tls } = target;
  return { url: targetUrl(target), host, port, address, tls, auth, capabilities: [] };
}

/** Beyond this the server is given up before the run, however slowly it drips. */
const WATCHDOG_MS = 60_000;

const PORTS: Readonly<Record<string, string>> = {
  IMAP: 'POP3 usually listens on port 110 (or 995 with implicit TLS)',
  SMTP: 'POP3 usually listens on port 110 (or 995 with implicit TLS)',
  FTP: 'POP3 usually listens on port 110 (or 995 with implicit TLS)',
  HTTP: 'give the host and port of the POP3 service, not of the web interface',
  SSH: 'give the port of the POP3 service',
  TLS: 'this port speaks TLS from the first octet: use --tls implicit or pop3s://',
};

/** Why the run cannot begin; undefined when what answers is POP3 after all, if a strange one. */
async function explain(ending: Finding, greeting: unknown, target: Target): Promise<Problem | undefined> {
  const where = `${target.host}:${target.port}`;
  const silent =
    ending.cause === 'timeout' ||
    ending.cause === 'reset' ||
    ending.cause === 'close' ||
    ending.cause === 'tls';
  const heard = typeof greeting === 'string' && greeting !== '' ? greeting : '';
  const octets = heard === '' && silent ? await probe(target) : heard;
  const silentPlain = octets === '' && ending.cause === 'timeout' && target.tls !== 'implicit';
  const stranger =
    identify(octets) ??
    identify(ending.actual) ??
    (silentPlain && (await speaksTls(target)) ? 'TLS' : undefined);
  if (stranger !== undefined && !(stranger === 'TLS' && target.tls === 'implicit')) {
    return {
      code: 'NOT_POP3',
      message: `${where} speaks ${stranger}, not POP3${octets === '' ? '' : `: "${firstLine(octets)}"`}`,
      hint: PORTS[stranger] ?? 'check host and port',
    };
  }
  if (/^(\+OK|-ERR)/i.test(octets) && ending.cause !== 'tls') return undefined;
  switch (ending.cause) {
    case 'refused':
      return {
        code: 'REFUSED',
        message: `nothing listens at ${where}: the connection was refused`,
        hint: 'is the server running, and are host and port right?',
      };
    case 'unreachable':
      return {
        code: 'UNREACHABLE',
        message: `${where} cannot be reached: ${ending.actual}`,
        hint: 'check host, route and firewall',
      };
    case 'tls':
      return tlsProblem(ending, where, octets);
    case 'timeout':
      return {
        code: 'NO_ANSWER',
        message: `${where} accepts connections but does not answer (${ending.source}: ${ending.actual})`,
        hint: 'a server that is full or waits for a name lookup does that; --timeout gives it more time',
      };
    case 'close':
    case 'reset':
      return {
        code: 'CLOSED',
        message: `${where} ended the connection before ${ending.source}: ${ending.actual}`,
        hint: 'a connection limit or an access list of the server may be the reason',
      };
    case 'unsolicited':
      return undefined;
    default:
      return {
        code: 'NOT_POP3',
        message: `${where} does not answer as a POP3 server: at "${ending.source}" came "${ending.actual}"`,
        hint: 'check host, port and --tls; a server that greets with -ERR refuses service at the moment',
      };
  }
}

function noStls({ actual }: Finding, { host, port }: Target): Problem {
  return {
    code: 'NO_STLS',
    message: `${host}:${port} refuses STLS: ${actual}`,
    hint: 'use --tls implicit on its TLS port (usually 995), or --tls none',
  };
}

/** RFC 2595 §4: what follows the reply to STLS is the TLS negotiation. */
function clearBehindStls({ actual }: Finding, { host, port }: Target): Problem {
  return {
    code: 'CLEAR_BEHIND_STLS',
    message: `${host}:${port} is not safe to use: ${actual}`,
    hint: 'somebody on the line may have put it there; the server itself is tested with --tls none, or with --tls implicit on its TLS port (usually 995)',
  };
}

function tlsProblem(ending: Finding, where: string, octets: string): Problem {
  if (octets.startsWith('+OK') || /WRONG_VERSION|PACKET_LENGTH/i.test(ending.actual)) {
    return {
      code: 'NO_TLS',
      message: `${where} does not speak TLS from the first octet${octets === '' ? '' : `; it says "${firstLine(octets)}" in clear`}`,
      hint: 'use --tls stls or --tls none on the plain port',
    };
  }
  const certificate = /CERT|SELF_SIGNED|ISSUER|ALTNAME|VERIFY/i.test(ending.actual);
  return {
    code: certificate ? 'CERTIFICATE' : 'TLS_HANDSHAKE',
    message: `the TLS handshake with ${where} failed: ${ending.actual}`,
    hint: certificate
      ? 'give the authority with --ca FILE, the name with --sni NAME, or go on without verification with --insecure'
      : 'the server may ask for another TLS version or a client certificate',
  };
}

/** Why the run cannot begin when `ways` were tried and the first of them was refused like this. */
function loginProblem(refused: Finding, account: Account, ways: readonly AuthMode[]): Problem | undefined {
  const [how = '', ...others] = ways.map((way) => WAY_NAMES[way] ?? `AUTH ${way.toUpperCase()}`);
  if (refused.cause === 'unsolicited' || (refused.cause === 'reply' && !/^-ERR/i.test(refused.actual)))
    return undefined;
  if (refused.cause !== 'reply') {
    return {
      code: 'LOGIN_FAILED',
      message: `the login of ${account.name} by ${how} got no answer: ${refused.actual}`,
      hint: 'raise --timeout if the server delays logins',
    };
  }
  const tried = others.length === 0 ? '' : ` (as by ${others.join(', ')})`;
  return {
    code: 'LOGIN_REFUSED',
    message: `the login of ${account.name} by ${how} was refused${tried}: ${refused.actual}`,
    hint: loginHint(refused.actual),
  };
}

const WAY_NAMES: Partial<Record<AuthMode, string>> = { user: 'USER/PASS', apop: 'APOP' };

function loginHint(reply: string): string {
  if (/IN-USE|lock/i.test(reply)) return 'another session holds the maildrop: end it and try again';
  if (/\[SYS\/(?:TEMP|PERM)\]/i.test(reply))
    return 'the server has a trouble of its own (RFC 3206 §4): look at its log';
  if (/LOGIN-DELAY/i.test(reply)) return 'the server wants more time between logins: wait and try again';
  if (/plaintext|secure|encrypt|TLS|SSL/i.test(reply))
    return 'the server wants TLS first: try --tls stls or --tls implicit';
  return 'check --user and the password (--password-env, --password-file, --users), or choose another way by --auth';
}

function firstLine(octets: string): string {
  return quote(octets.split('\r\n', 1)[0] ?? '').slice(0, 120);
}
