import { z } from 'zod';
import { AUTH_MODES } from '../dialogue/auth.js';

/**
 * What the probes of a diagnosis saw, as plain data and nothing else: rules read only this (and the provider table). What was not
 * looked at is left out. Text of a server is Latin-1, one character for each octet; secrets are masked.
 */

/** How one name was answered by DNS. */
const answerSchema = z.enum(['found', 'no-name', 'no-data', 'server-failure', 'timeout', 'refused']);
export type DnsAnswer = z.infer<typeof answerSchema>;

/** Who named a server. */
export const originSchema = z.enum(['given', 'provider', 'srv', 'autoconfig', 'guess']);
export type Origin = z.infer<typeof originSchema>;

/** How an endpoint is meant to be spoken to: clear first, with STLS (110), or TLS from the first octet (995). */
const modeSchema = z.enum(['plain', 'tls']);
export type EndpointMode = z.infer<typeof modeSchema>;

const certificateSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  names: z.array(z.string()),
  validFrom: z.string(),
  validTo: z.string(),
  daysOld: z.number(),
  daysLeft: z.number(),
  selfSigned: z.boolean(),
  /** Certificates up to the last issuer that is known. */
  chain: z.number(),
  keyType: z.string(),
  keyBits: z.number(),
  matchesHost: z.boolean(),
  verified: z.boolean(),
  /** Why it is not verified, in the code of OpenSSL or of Node; '' where it is. */
  error: z.string(),
});

export const tlsFactsSchema = z.object({
  /** `failed`: by an error of the handshake; `closed`: the connection ended in it; `timeout`: it came to no end. */
  handshake: z.enum(['ok', 'failed', 'closed', 'timeout']),
  /** The words of OpenSSL where it failed. */
  error: z.string(),
  protocol: z.string(),
  cipher: z.string(),
  certificate: certificateSchema.optional(),
  /** Whether TLS 1.0 or 1.1 is taken, too. */
  takesOld: z.boolean().optional(),
  /** Whether nothing newer than TLS 1.1 is taken. */
  onlyOld: z.boolean().optional(),
  /** What is shown to a client that sends no server name. */
  withoutSni: z.enum(['same', 'other', 'failed']).optional(),
});
export type TlsFacts = z.infer<typeof tlsFactsSchema>;

/** What the first octets say: `clear` is POP3 in clear on a TLS port, `tls` is TLS on a plain port. */
export const speaksSchema = z.enum([
  'pop3',
  'imap',
  'smtp',
  'http',
  'ftp',
  'ssh',
  'tls',
  'clear',
  'nothing',
  'closed',
  'other',
]);
export type Speaks = z.infer<typeof speaksSchema>;

/** One address and port, looked at once. */
export const endpointFactsSchema = z.object({
  host: z.string(),
  port: z.number(),
  address: z.string(),
  family: z.union([z.literal(4), z.literal(6)]),
  mode: modeSchema,
  origin: originSchema,
  connect: z.enum(['ok', 'refused', 'timeout', 'reset', 'unreachable']),
  connectMs: z.number(),
  /** The system's words where it did not connect. */
  error: z.string(),
  /** Set where it connected. */
  speaks: speaksSchema.optional(),
  /** The first octets that came, at most 500; '' where none did. */
  heard: z.string(),
  /** The line of the greeting, status indicator included. */
  greeting: z.string().optional(),
  greetingMs: z.number().optional(),
  /** CAPA before TLS (before login on a TLS port is `capaTls`); null: refused. */
  capaClear: z.array(z.string()).nullable().optional(),
  /** What STLS came to: `offered` but not said, `refused` (-ERR), `closed`, `injected`: octets in clear behind its reply. */
  stls: z.enum(['ok', 'absent', 'refused', 'closed', 'injected']).optional(),
  /** The reply to STLS, or the octets behind it. */
  stlsReply: z.string().optional(),
  tls: tlsFactsSchema.optional(),
  capaTls: z.array(z.string()).nullable().optional(),
  tookMs: z.number(),
});
export type EndpointFacts = z.infer<typeof endpointFactsSchema>;

export const loginTrySchema = z.object({
  /** `host:port` of the endpoint. */
  at: z.string(),
  way: z.enum(AUTH_MODES),
  /** The name as the address or host tells it, or only what stands before the @. */
  name: z.enum(['given', 'local']),
  /** TLS, and its certificate verified or put up with. */
  tls: z.boolean(),
  outcome: z.enum(['ok', 'refused', 'closed', 'timeout', 'failed']),
  /** The last line of the server, status indicator included; '' where none came. */
  reply: z.string(),
  /** Response code of that line, upper case: `AUTH`, `SYS/TEMP`; ''. */
  code: z.string(),
  /** Which command it answers: `USER`, `PASS`, `APOP`, `AUTH`, or '' for a step of a mechanism. */
  verb: z.string(),
  /** What a mechanism told of its failure before the reply (RFC 7628 §3.2.2), decoded. */
  challenge: z.string(),
  tookMs: z.number(),
});
export type LoginTry = z.infer<typeof loginTrySchema>;

export const mailboxFactsSchema = z.object({
  /** CAPA after login; null: refused. */
  capa: z.array(z.string()).nullable().optional(),
  stat: z.object({ count: z.number(), octets: z.number() }).optional(),
  list: z
    .object({
      count: z.number(),
      octets: z.number(),
      largest: z.number(),
      zeros: z.number(),
      ascending: z.boolean(),
      /** Sizes that are multiples of 1024, of all. */
      rounded: z.number(),
    })
    .optional(),
  uidl: z
    .object({
      count: z.number(),
      duplicates: z.number(),
      tooLong: z.number(),
      unfit: z.number(),
      blank: z.number(),
    })
    .optional(),
  /** TOP n 0 of the last message. `lines`: of its body that came all the same. */
  top: z.object({ header: z.number(), lines: z.number() }).optional(),
  /** RETR of the smallest message, where it was allowed. */
  retr: z.object({ listed: z.number(), octets: z.number() }).optional(),
  /** Days since the oldest and the newest message, by their Date fields (TOP). */
  oldestDays: z.number().optional(),
  newestDays: z.number().optional(),
  /** Negative replies by command. */
  refused: z.record(z.string(), z.string()),
  /** The command at which the session broke off, and how. */
  broke: z
    .object({
      verb: z.string(),
      how: z.enum(['closed', 'reset', 'timeout', 'unreadable']),
      heard: z.string(),
    })
    .optional(),
  /** Milliseconds by command. */
  tookMs: z.record(z.string(), z.number()),
});
export type MailboxFacts = z.infer<typeof mailboxFactsSchema>;

export const factsSchema = z.object({
  /** What was asked about. */
  input: z.object({
    kind: z.enum(['address', 'host', 'provider']),
    /** Domain of the address, or the host. */
    domain: z.string(),
    /** The user is an address or has a name at all; the name itself stands in no fact. */
    user: z.enum(['none', 'local', 'address']),
    password: z.boolean(),
    token: z.boolean(),
    /** Properties of the password that some ways of logging in cannot carry. */
    passwordHas: z.array(z.enum(['spaces', 'non-ascii'])),
    /** As the mail program is set up, where that was said. */
    tls: z.enum(['none', 'stls', 'implicit']).optional(),
    port: z.number().optional(),
  }),
  /** Id of the provider in the table, and how it was found. */
  provider: z.object({ id: z.string(), by: z.enum(['name', 'domain', 'mx', 'host']) }).optional(),
  /** A known domain that differs from the given one by a slip of the hand. */
  resembles: z.string().optional(),
  /** What DNS says of the domain. */
  dns: z.object({
    mx: z.array(z.string()),
    mxAnswer: answerSchema.optional(),
    /** RFC 7505: a single MX "." says that the domain takes no mail. */
    nullMx: z.boolean(),
    /** RFC 6186: `.` says that the service is not offered. */
    srv: z.array(z.object({ service: z.enum(['pop3', 'pop3s']), host: z.string(), port: z.number() })),
    srvAnswer: answerSchema.optional(),
    srvNotOffered: z.array(z.enum(['pop3', 'pop3s'])),
  }),
  /** Autoconfig documents that were found: their incoming servers. */
  autoconfig: z.array(
    z.object({
      url: z.string(),
      answer: z.enum(['found', 'absent', 'unreadable', 'unreachable']),
      servers: z.array(
        z.object({
          type: z.string(),
          host: z.string(),
          port: z.number(),
          socket: z.string(),
          authentication: z.array(z.string()),
          username: z.string(),
        }),
      ),
    }),
  ),
  /** Servers of other domains, which nobody allowed to contact. */
  elsewhere: z.array(z.object({ host: z.string(), port: z.number(), origin: originSchema })),
  /** How each host was looked up, in both families. */
  hosts: z.array(
    z.object({
      host: z.string(),
      origin: originSchema,
      a: answerSchema,
      aaaa: answerSchema,
      addresses: z.array(z.string()),
      tookMs: z.number(),
    }),
  ),
  endpoints: z.array(endpointFactsSchema),
  /** What answers at the ports of IMAP of the same host, looked at where POP3 was not found. */
  imap: z.object({ port: z.number(), heard: z.string() }).optional(),
  logins: z.array(loginTrySchema),
  /** Why no further login was tried. */
  loginEnd: z
    .enum([
      'in',
      'no-user',
      'no-password',
      'no-server',
      'not-in-clear',
      'certificate',
      'budget',
      'time-up',
      'told-to-wait',
      'no-way',
      'no-more-ways',
    ])
    .optional(),
  mailbox: mailboxFactsSchema.optional(),
  /** The time of the whole run was up before everything was looked at. */
  cutShort: z.boolean(),
});
export type Facts = z.infer<typeof factsSchema>;
