import { isIP } from 'node:net';
import type { Account } from '../dialogue/attempt.js';
import { Redactor } from '../wire/redactor.js';
import { type Context, hostPort } from './context.js';
import {
  type Candidate,
  givenCandidates,
  isOfDomain,
  namedCandidates,
  usualCandidates,
} from './discovery/candidates.js';
import { discover } from './discovery/discover.js';
import { type Names, names } from './discovery/dns.js';
import type { EndpointFacts, Facts } from './facts.js';
import type { DiagnoseOptions } from './options.js';
import { moreHandshakes } from './probes/handshakes.js';
import { lookForImap } from './probes/imap.js';
import { tryLogins } from './probes/login.js';
import { planLogins } from './probes/login-plan.js';
import { mailboxFacts } from './probes/mailbox.js';
import { type Endpoint, survey } from './probes/survey.js';
import type { Provider } from './provider.js';
import { redirected, type Subject } from './subject.js';

/** Hosts that are looked at in one round. */
const HOSTS_MAX = 4;

/** One diagnosis in the making: the facts fill as it looks around. */
export class Run {
  facts: Facts;
  provider: Provider | undefined;
  readonly transcripts: Context['transcripts'] = [];
  private readonly context: Context;
  private readonly names: Names;
  private readonly looked = new Map<string, Endpoint>();

  constructor(
    private readonly options: DiagnoseOptions,
    private readonly signal: AbortSignal,
  ) {
    const { subject, password, token, library, tlsOptions, timeoutMs, allowRetr, dns, waiting } = options;
    const secrets = [password, token].filter((one) => one !== undefined);
    const redactor = new Redactor(secrets);
    this.context = {
      library,
      tlsOptions,
      timeoutMs,
      allowRetr,
      secrets,
      signal,
      transcripts: this.transcripts,
      waiting: (what) => waiting?.(redactor.mask(what)),
    };
    this.names = names(dns, timeoutMs, signal);
    this.facts = {
      input: inputOf(subject, password, token),
      dns: { mx: [], nullMx: false, srv: [], srvNotOffered: [] },
      autoconfig: [],
      elsewhere: [],
      hosts: [],
      endpoints: [],
      logins: [],
      cutShort: false,
    };
  }

  async all(): Promise<void> {
    const { subject, providers, autoconfigBase, timeoutMs } = this.options;
    this.context.waiting('name service and autoconfig');
    const found = await discover(subject, {
      providers,
      names: this.names,
      autoconfigBase,
      timeoutMs,
      signal: this.signal,
    });
    this.facts = { ...this.facts, ...found };
    this.provider = providers.find(({ id }) => id === found.provider?.id);
    await this.findServer();
    if (this.options.signal?.aborted !== true) await this.logIn();
  }

  /** What was named first; the usual names only where no POP3 was found by it. */
  private async findServer(): Promise<void> {
    const { subject } = this.options;
    await this.lookAt(givenCandidates(subject));
    if (this.speaksPop3() || subject.port !== undefined) return this.otherProtocols();
    if (this.provider?.pop === 'no' || this.provider?.pop === 'bridge') return;
    await this.lookAt(await this.allowed(namedCandidates(this.facts, this.provider)));
    const guess =
      !this.speaksPop3() &&
      this.provider === undefined &&
      subject.domain !== '' &&
      isIP(subject.domain) === 0;
    if (guess && this.facts.dns.mxAnswer !== 'no-name') await this.lookAt(usualCandidates(subject.domain));
    return this.otherProtocols();
  }

  private speaksPop3(): boolean {
    return this.facts.endpoints.some(({ speaks }) => speaks === 'pop3');
  }

  /** Where there is no POP3, is there IMAP? */
  private async otherProtocols(): Promise<void> {
    if (this.speaksPop3() || this.options.subject.port !== undefined || this.signal.aborted) return;
    const there = this.facts.hosts.find(({ addresses }) => addresses.length > 0);
    if (there === undefined) return;
    const imap = await lookForImap(there, this.options.connectTo, this.context);
    if (imap !== undefined) this.facts = { ...this.facts, imap };
  }

  /** Servers of other domains are left out, unless they may be contacted. */
  private async allowed(candidates: readonly Candidate[]): Promise<Candidate[]> {
    const { subject, providers, follow } = this.options;
    const kept: Candidate[] = [];
    const asked = new Map<string, boolean>();
    for (const candidate of candidates) {
      const { host, port, origin } = candidate;
      if (origin === 'provider' || isOfDomain(host, subject.domain, providers)) kept.push(candidate);
      else {
        const may = asked.get(host) ?? (typeof follow === 'boolean' ? follow : await follow(host, origin));
        asked.set(host, may);
        if (may) kept.push(candidate);
        else this.facts.elsewhere.push({ host, port, origin });
      }
    }
    return kept;
  }

  private async lookAt(candidates: readonly Candidate[]): Promise<void> {
    const hosts = [...new Set(candidates.map(({ host }) => host))].filter(
      (host) => !this.facts.hosts.some((one) => one.host === host),
    );
    const known = await Promise.all(hosts.slice(0, HOSTS_MAX).map((host) => this.resolve(host, candidates)));
    const endpoints = candidates.flatMap((candidate) => {
      const addresses = known.find(({ host }) => host === candidate.host)?.to.get(candidate.port) ?? [];
      return oneOfEachFamily(
        addresses.map(({ address, port }) => ({
          ...candidate,
          address,
          connectPort: port,
          family: isIP(address) === 6 ? 6 : 4,
        })),
      );
    });
    const seen = (await Promise.all(endpoints.map((endpoint) => this.survey(endpoint)))).flat();
    this.facts = { ...this.facts, endpoints: [...this.facts.endpoints, ...seen] };
  }

  /** Looks a host up, and for each of its ports where connections go. */
  private async resolve(
    host: string,
    candidates: readonly Candidate[],
  ): Promise<{ host: string; to: Map<number, { address: string; port: number }[]> }> {
    const to = new Map<number, { address: string; port: number }[]>();
    const own = candidates.filter((one) => one.host === host);
    const answers = new Map<string, Awaited<ReturnType<Names['addresses']>>>();
    for (const { port } of own) {
      const where = redirected(this.options.connectTo, host, port);
      const answer = answers.get(where.host) ?? (await this.names.addresses(where.host));
      answers.set(where.host, answer);
      to.set(
        port,
        answer.addresses.map((address) => ({ address, port: where.port })),
      );
    }
    const [answer] = answers.values();
    const [first] = own;
    const silent = first?.origin === 'guess' && answer?.addresses.length === 0;
    if (answer !== undefined && first !== undefined && !silent)
      this.facts = { ...this.facts, hosts: [...this.facts.hosts, { host, origin: first.origin, ...answer }] };
    return { host, to };
  }

  /** One endpoint, with TLS looked at more closely; the other way of speaking, where it turns out to be that. */
  private async survey(endpoint: Endpoint): Promise<EndpointFacts[]> {
    const once = async (one: Endpoint): Promise<EndpointFacts[]> => {
      this.looked.set(keyOf(one), one);
      const seen = await survey(one, this.context);
      return seen === undefined ? [] : [await moreHandshakes(one, seen, this.context)];
    };
    const first = await once(endpoint);
    const [seen] = first;
    if (endpoint.mode === 'plain' && seen?.speaks === 'tls')
      return [...first, ...(await once({ ...endpoint, mode: 'tls' }))];
    if (endpoint.mode === 'tls' && seen?.speaks === 'clear')
      return [...first, ...(await once({ ...endpoint, mode: 'plain' }))];
    return first;
  }

  private async logIn(): Promise<void> {
    const { subject, password, token, loginBudget, tlsOptions } = this.options;
    const { user } = subject;
    const has = { password: password !== undefined, token: token !== undefined };
    if (user === undefined) this.facts = { ...this.facts, loginEnd: 'no-user' };
    else if (!has.password && !has.token) this.facts = { ...this.facts, loginEnd: 'no-password' };
    else {
      const steps = planLogins(this.facts.endpoints, {
        tls: subject.tls,
        insecure: tlsOptions.insecure === true,
        has,
        address: user.includes('@'),
        name: this.nameForm(),
      });
      if (typeof steps === 'string') {
        this.facts = { ...this.facts, loginEnd: steps };
        return;
      }
      const account: Account = {
        name: user,
        password: password ?? '',
        ...(token === undefined ? {} : { token }),
      };
      const endpointOf = (facts: EndpointFacts): Endpoint =>
        this.looked.get(keyOf(facts)) ?? { ...facts, connectPort: facts.port };
      const { tries, end, session } = await tryLogins(steps, account, loginBudget, endpointOf, this.context);
      this.facts = {
        ...this.facts,
        logins: [...tries],
        loginEnd: end,
        ...(session === undefined ? {} : { mailbox: mailboxFacts(session) }),
      };
    }
  }

  /** How the name is to be written, as far as the provider or a configuration says it. */
  private nameForm(): 'address' | 'local' | undefined {
    const told = this.provider?.login?.username;
    if (told === 'address' || told === 'local') return told;
    const written = this.facts.autoconfig
      .flatMap(({ servers }) => servers)
      .find(({ type }) => type === 'pop3')?.username;
    return written === '%EMAILADDRESS%' ? 'address' : written === '%EMAILLOCALPART%' ? 'local' : undefined;
  }
}

function keyOf({ host, port, address, mode }: Pick<Endpoint, 'host' | 'port' | 'address' | 'mode'>): string {
  return `${mode} ${hostPort(host, port)} ${address}`;
}

function oneOfEachFamily(endpoints: readonly Endpoint[]): Endpoint[] {
  return ([4, 6] as const).flatMap((family) => endpoints.find((one) => one.family === family) ?? []);
}

function inputOf(
  { kind, domain, user, tls, port }: Subject,
  password: string | undefined,
  token: string | undefined,
): Facts['input'] {
  const has: Facts['input']['passwordHas'] = [];
  if (password?.includes(' ') === true) has.push('spaces');
  if (password !== undefined && /[^\x20-\x7e]/.test(password)) has.push('non-ascii');
  return {
    kind,
    domain,
    user: user === undefined ? 'none' : user.includes('@') ? 'address' : 'local',
    password: password !== undefined,
    token: token !== undefined,
    passwordHas: has,
    ...(tls === undefined ? {} : { tls }),
    ...(port === undefined ? {} : { port }),
  };
}
