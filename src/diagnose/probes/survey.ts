import { CertificateValue, TlsValue } from '../../dialogue/values.js';
import { capabilityLines } from '../../pop3/capabilities.js';
import { probe } from '../../wire/identify.js';
import type { Target } from '../../wire/target.js';
import { type Context, HEARD_MAX, heardFirst, hostPort, type Look, look } from '../context.js';
import type { EndpointFacts, EndpointMode, Origin, Speaks, TlsFacts } from '../facts.js';
import { SURVEY_IN_CLEAR, SURVEY_IN_TLS } from './dialogues.js';
import { lookAtTheQuiet, nameOf, type Speaker, strangerAt } from './stranger.js';

/** An address and port to be looked at. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Where the connection really goes, which `--connect-to` may change. */
  readonly address: string;
  readonly connectPort: number;
  readonly family: 4 | 6;
  readonly mode: EndpointMode;
  readonly origin: Origin;
}

/** The target of an endpoint; certificates are looked at, not insisted on. */
export function targetOf({ host, address, connectPort, mode }: Endpoint, context: Context): Target {
  return {
    host,
    address,
    port: connectPort,
    tls: mode === 'tls' ? 'implicit' : 'none',
    tlsOptions: { ...context.tlsOptions, insecure: true },
  };
}

/**
 * Connects once and looks at all that can be seen before a login: what speaks, greeting, TLS, capabilities. Undefined where the time of
 * the run was up before that was done.
 */
export async function survey(endpoint: Endpoint, context: Context): Promise<EndpointFacts | undefined> {
  const { host, port, address, family, mode, origin } = endpoint;
  const where = hostPort(host, port);
  context.waiting(`${where} (${address})`);
  const target = targetOf(endpoint, context);
  const quiet = lookAtTheQuiet(target, mode);
  const seen = await look(
    { ...context, signal: AbortSignal.any([context.signal, quiet.found]) },
    `${mode === 'tls' ? 'TLS' : 'clear'} ${where} at ${address}`,
    mode === 'tls' ? SURVEY_IN_TLS : SURVEY_IN_CLEAR,
    target,
  );
  const stranger = quiet.end();
  if (seen.cut && stranger === undefined) return undefined;
  const facts = { host, port, address, family, mode, origin, ...connection(seen) };
  if (facts.connect !== 'ok') return { ...facts, heard: '', tookMs: Math.round(seen.durationMs) };
  const { speaks, heard } = stranger ?? (await speaker(endpoint, seen, target));
  return {
    ...facts,
    speaks,
    heard,
    ...greetingOf(seen),
    ...capabilitiesOf(seen),
    ...stlsOf(seen),
    ...tlsOf(seen, speaks),
    tookMs: Math.round(seen.durationMs),
  };
}

function connection({
  ending,
  connectMs,
  durationMs,
}: Look): Pick<EndpointFacts, 'connect' | 'connectMs' | 'error'> {
  if (connectMs !== undefined) return { connect: 'ok', connectMs, error: '' };
  const cause = ending?.cause;
  const connect = cause === 'refused' || cause === 'timeout' || cause === 'reset' ? cause : 'unreachable';
  return { connect, connectMs: Math.round(durationMs), error: ending?.actual ?? '' };
}

/** What speaks there. Where nothing was heard, a harmless line and a handshake may bring it out. */
async function speaker(
  { mode }: Endpoint,
  { ending, values, transcript }: Look,
  target: Target,
): Promise<Speaker> {
  const heard = heardFirst(transcript);
  if (values.greeting_line !== undefined) return { speaks: 'pop3', heard };
  if (heard !== '') return { speaks: nameOf(heard), heard };
  if (mode === 'tls' && ending?.cause === 'tls') {
    const clear = (await probe(target)).slice(0, HEARD_MAX);
    const speaks = nameOf(clear);
    return { speaks: speaks === 'pop3' ? 'clear' : speaks === 'nothing' ? 'tls' : speaks, heard: clear };
  }
  if (ending?.cause === 'close' || ending?.cause === 'reset') return { speaks: 'closed', heard };
  return (await strangerAt(target, mode)) ?? { speaks: 'nothing', heard };
}

function greetingOf({ values }: Look): Pick<EndpointFacts, 'greeting' | 'greetingMs'> {
  const { greeting_line: line, greeting_seconds: seconds } = values;
  if (typeof line !== 'string' || typeof seconds !== 'number') return {};
  return { greeting: line, greetingMs: Math.round(seconds * 1000) };
}

/** The lines of CAPA under this name; null where it was refused, undefined where it was not asked. */
export function capaOf({ values }: Look, name: string): string[] | null | undefined {
  const lines = values[name];
  if (Array.isArray(lines)) return capabilityLines(lines);
  return values[`${name}_refused`] === undefined ? undefined : null;
}

function capabilitiesOf(seen: Look): Pick<EndpointFacts, 'capaClear' | 'capaTls'> {
  const capaClear = capaOf(seen, 'capa_clear');
  const capaTls = capaOf(seen, 'capa_tls');
  return { ...(capaClear === undefined ? {} : { capaClear }), ...(capaTls === undefined ? {} : { capaTls }) };
}

function stlsOf(seen: Look): Pick<EndpointFacts, 'stls' | 'stlsReply'> {
  const { values, ending, transcript } = seen;
  const announced = capaOf(seen, 'capa_clear')?.some((line) => /^STLS\b/i.test(line)) === true;
  const refused = values.stls_refused;
  if (typeof refused === 'string') return { stls: announced ? 'refused' : 'absent', stlsReply: refused };
  if (ending?.cause === 'unsolicited' && ending.source.startsWith('C tls'))
    return { stls: 'injected', stlsReply: ending.actual };
  if (values.stls_begun === true) return { stls: 'ok' };
  const said = transcript.some(({ kind, text }) => kind === 'send' && text === 'STLS\r\n');
  return said ? { stls: announced ? 'closed' : 'absent', stlsReply: ending?.actual ?? '' } : {};
}

function tlsOf(seen: Look, speaks: Speaks): { tls?: TlsFacts } {
  const { values, ending } = seen;
  const { secured, shown, stls_begun: begun } = values;
  if (secured instanceof TlsValue && secured.active) {
    const { protocol, cipher } = secured;
    const certificate = shown instanceof CertificateValue ? certificateFacts(shown) : undefined;
    return {
      tls: {
        handshake: 'ok',
        error: '',
        protocol,
        cipher,
        ...(certificate === undefined ? {} : { certificate }),
      },
    };
  }
  const tried = begun === true || (speaks === 'tls' && /tls/.test(ending?.source ?? ''));
  if (!tried || ending === undefined || ending.cause === 'unsolicited') return {};
  const handshake =
    ending.cause === 'timeout' ? 'timeout' : /closed|ECONNRESET/i.test(ending.actual) ? 'closed' : 'failed';
  return { tls: { handshake, error: ending.actual, protocol: '', cipher: '' } };
}

export function certificateFacts(shown: CertificateValue): NonNullable<TlsFacts['certificate']> {
  return {
    subject: shown.subject,
    issuer: shown.issuer,
    names: [...shown.names],
    validFrom: shown.valid_from,
    validTo: shown.valid_to,
    daysOld: Number(shown.days_old),
    daysLeft: Number(shown.days_left),
    selfSigned: shown.self_signed,
    chain: Number(shown.chain),
    keyType: shown.key_type,
    keyBits: Number(shown.key_bits),
    matchesHost: shown.matches_host,
    verified: shown.verified,
    error: shown.error,
  };
}
