/**
 * What the probes say, in the notation of docs/dialogue.md: they read only. Captures and names are what the probes take from a
 * session; what ended it early is in its findings, and how it ends is the engine's matter (QUIT wherever it can be said).
 */

const capa = (name: string): string => `
C: CAPA
S: +OK
  S> {${name}:text}
| S: -ERR
    let ${name}_refused = reply.line
`;

const GREETING = `
S: +OK
| S: -ERR
let greeting_line = reply.line
let greeting_seconds = reply.seconds
`;

/** A port that speaks in clear first: capabilities before and after STLS, which is said whether it is announced or not. */
export const SURVEY_IN_CLEAR = `
C connect tls=none
${GREETING}
${capa('capa_clear')}
C: STLS
S: +OK
| S: -ERR
    let stls_refused = reply.line
    stop
let stls_begun = true
C tls verify=off
let shown = certificate
let secured = tls
${capa('capa_tls')}
`;

/** A port that speaks TLS from the first octet. */
export const SURVEY_IN_TLS = `
C connect tls=implicit
let shown = certificate
let secured = tls
${GREETING}
${capa('capa_tls')}
`;

/** One handshake with other options than usual, to see what comes of it. */
export const handshake = (tls: 'implicit' | 'stls', options: string): string => `
C connect tls=none
${tls === 'stls' ? 'S: +OK\nC: STLS\nS: +OK' : ''}
C tls verify=off ${options}
let shown = certificate
let secured = tls
`;

/** Messages looked through for the smallest one. */
const LOOKED_THROUGH = 2000;

const RETR_ONE = `
if last > 0
  let smallest = last
  let smallest_size = last_size
  for i in 0..min(count(n), ${LOOKED_THROUGH}) - 1
    if size[i] < smallest_size
      let smallest = n[i]
      let smallest_size = size[i]
  C: RETR {smallest}
  S: +OK
    S> {retrieved}
  | S: -ERR
      let refused_retr = reply.line
`;

/** Logins are answered late on purpose: Dovecot waits ten seconds for the lock of a mailbox. */
const LOGIN_PATIENCE = 1.5;

/** A login, and if it is let in, everything that can be asked of a mailbox without changing it. */
export const loginAndLook = (allowRetr: boolean, timeoutMs: number): string => `
use open
timeout ${Math.round(LOGIN_PATIENCE * timeoutMs)}ms
use login
timeout ${timeoutMs}ms
let logged_in = true
${capa('capa_in')}
C: STAT
S: +OK {stat_count:int} {stat_octets:octets} ...
| S: +OK
    let stat_unread = reply.line
| S: -ERR
    let refused_stat = reply.line
let first = 0
let last = 0
let last_size = 0
C: LIST
S: +OK
  S> {n:int} {size:octets} ...
  | S> {list_unread:text}
      stop
  if count(n) > 0
    let first = n[0]
    let last = n[count(n) - 1]
    let last_size = size[count(n) - 1]
| S: -ERR
    let refused_list = reply.line
C: UIDL
S: +OK
  S> {uidl:text}
| S: -ERR
    let refused_uidl = reply.line
if last > 0
  C: TOP {last} 0
  S: +OK
    S> {newest}
  | S: -ERR
      let refused_top = reply.line
  if first != last
    C: TOP {first} 0
    S: +OK
      S> {oldest}
    | S: -ERR
        let refused_top = reply.line
${allowRetr ? RETR_ONE : ''}
`;
