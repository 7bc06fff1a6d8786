import { join } from 'node:path';
import { z } from 'zod';
import { readYamlFile, type YamlFile, yamlFiles } from '../dialogue/yaml-file.js';

const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected a slug such as outlook');
const line = z.string().trim().min(1);
const domain = z
  .string()
  .regex(
    /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(\.\*)?$/,
    'expected a domain in lower case; *. and .* are wildcards',
  );
const port = z.int().min(1).max(65_535);

/** Where a fact is from: the provider's own page wherever there is one, when it was read there, and how sure it is. */
const fact = {
  source: z.url().describe('The page that says so'),
  date: z
    .string()
    .regex(/^\d{4}-\d{2}$/, 'expected a month such as 2026-03')
    .describe('When it was last known to hold'),
  confidence: z.enum(['high', 'medium', 'low']),
};

const serverSchema = z.strictObject({
  host: domain,
  port,
  tls: z.enum(['implicit', 'stls', 'none']),
  old: line.optional().describe('Set for a name that still stands in settings: what became of it'),
  ...fact,
});
export type ProviderServer = z.infer<typeof serverSchema>;

const loginSchema = z.strictObject({
  methods: z
    .array(
      z.enum([
        'user',
        'apop',
        'plain',
        'login',
        'cram-md5',
        'scram-sha-1',
        'scram-sha-256',
        'ntlm',
        'gssapi',
        'xoauth2',
        'oauthbearer',
      ]),
    )
    .describe('Ways of logging in that are let in today'),
  username: z
    .enum(['address', 'local', 'either', 'other'])
    .describe('other: a name that the provider gives out'),
  password: z
    .enum(['account', 'app', 'either', 'code', 'bridge', 'none'])
    .describe(
      'What goes as password: that of the account; an app password; either (app where two-step verification is on); code: one made in the web settings; bridge: one that a program on this machine shows; none: tokens only',
    ),
  oauth: z.enum(['required', 'offered', 'none']),
  make: line.optional().describe('Where an app password or code is made'),
  ...fact,
});

const enableSchema = z.strictObject({
  default: z.enum(['on', 'off', 'admin']).describe('admin: the administrator decides'),
  where: line.describe('The way through the web settings, in their own words'),
  ...fact,
});

/** What POP does differently at a provider; rules read these. `says` is one sentence for a person. */
export const BEHAVIOURS = [
  'window',
  'recent-only',
  'since-enabled',
  'inbox-only',
  'folders-chosen',
  'own-sent-too',
  'retr-hides',
  'retr-marks-read',
  'dele-is-a-setting',
  'dele-moves-to-trash',
  'poll-limit',
  'download-quota',
  'login-lockout',
  'one-session',
  'token-in-two-steps',
  'refusals-disguised',
  'sizes-estimated',
  'uidl-unannounced',
  'apop-broken',
  'disabled-when-unused',
  'expires',
] as const;
const behaviourSchema = z.strictObject({
  id: z.enum(BEHAVIOURS),
  says: line,
  messages: z.int().min(1).optional().describe('window, download-quota: so many messages'),
  days: z.int().min(1).optional().describe('recent-only, disabled-when-unused, expires: so many days'),
  seconds: z.int().min(1).optional().describe('poll-limit, login-lockout: so many seconds'),
  ...fact,
});
export type Behaviour = z.infer<typeof behaviourSchema>;

/** A mail provider and what is known of its POP3. */
export const providerSchema = z.strictObject({
  id: slug,
  name: line,
  also: z.array(slug).default([]).describe('Other words for --provider'),
  domains: z.array(domain).default([]).describe('Domains of its addresses'),
  mx: z
    .array(domain)
    .default([])
    .describe('Names of the mail exchangers of domains that it hosts, such as *.google.com'),
  pop: z
    .enum(['yes', 'no', 'bridge'])
    .describe('bridge: only through a program of the provider on this machine'),
  instead: line.optional().describe('What to do where there is no POP3'),
  servers: z
    .array(serverSchema)
    .default([])
    .describe('In the order in which they are to be tried; old names last'),
  login: loginSchema.optional(),
  enable: enableSchema.optional(),
  behaviours: z.array(behaviourSchema).default([]),
  imap: z
    .strictObject({
      host: domain,
      port,
      better: line.optional().describe('Why IMAP serves better here'),
      ...fact,
    })
    .optional(),
  page: z.url().describe('The page to send a person to'),
  ...fact,
});
export type Provider = z.infer<typeof providerSchema>;

const fileSchema = z.strictObject({ title: line, providers: z.array(providerSchema).min(1) });

/** The provider table: every file of `dir`. Throws SuiteError with file, line and column. */
export function loadProviders(dir: string): readonly Provider[] {
  const files: YamlFile<z.infer<typeof fileSchema>>[] = yamlFiles(dir, 'the provider table').map((path) =>
    readYamlFile(path, fileSchema, join('suites/providers', path.slice(dir.length + 1))),
  );
  return files.flatMap(({ data }) => data.providers);
}

/** The provider that `word` names on the command line. */
export function providerByName(providers: readonly Provider[], word: string): Provider | undefined {
  const wanted = word.toLowerCase();
  return providers.find(
    ({ id, name, also }) => id === wanted || name.toLowerCase() === wanted || also.includes(wanted),
  );
}

/** The provider of the addresses in `domain`, or one of whose servers it names. */
export function providerByDomain(providers: readonly Provider[], domain: string): Provider | undefined {
  const name = domain.toLowerCase();
  return (
    providers.find(({ domains }) => domains.some((pattern) => fits(pattern, name))) ??
    providers.find(({ servers }) => servers.some(({ host }) => fits(host, name)))
  );
}

/** The provider that takes the mail of a domain with these mail exchangers. */
export function providerByMx(providers: readonly Provider[], mx: readonly string[]): Provider | undefined {
  return providers.find((provider) =>
    provider.mx.some((pattern) => mx.some((host) => fits(pattern, host.toLowerCase()))),
  );
}

/** What a country puts behind a name: `de`, `co.uk`, `com.br`; anything longer is the domain of somebody else. */
const ENDING = /^(?:com?\.)?[a-z]{2,}$/;

/** `*.example.org` is any name below, `example.*` any ending of a country. */
function fits(pattern: string, name: string): boolean {
  if (pattern.startsWith('*.')) return name.endsWith(pattern.slice(1));
  if (pattern.endsWith('.*'))
    return name.startsWith(pattern.slice(0, -1)) && ENDING.test(name.slice(pattern.length - 1));
  return pattern === name;
}
