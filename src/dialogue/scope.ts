import { performance } from 'node:perf_hooks';
import { portsOf, type Target } from '../wire/target.js';
import type { Scope } from './expression.js';
import { type BodyValue, CertificateValue, type ReplyValue, TlsValue } from './values.js';

/** What every dialogue knows of its target. */
interface Constants {
  readonly host: string;
  readonly port: bigint;
  readonly plain_port: bigint;
  readonly tls_port: bigint;
  readonly tls_mode: string;
  readonly insecure: boolean;
}

/** The names of a dialogue; those that every one has are fields, since objects of one shape are made and read fast. */
class Names {
  readonly host: string;
  readonly port: bigint;
  readonly plain_port: bigint;
  readonly tls_port: bigint;
  readonly tls_mode: string;
  readonly insecure: boolean;
  user: unknown;
  password: unknown;
  user2: unknown;
  password2: unknown;
  auth: unknown;
  capabilities: unknown;
  greeting = '';
  tls = TlsValue.none;
  certificate = CertificateValue.none;
  reply: ReplyValue | undefined;
  body: BodyValue | undefined;
  readonly #beganMs = performance.now();

  constructor({ host, port, plain_port, tls_port, tls_mode, insecure }: Constants) {
    this.host = host;
    this.port = port;
    this.plain_port = plain_port;
    this.tls_port = tls_port;
    this.tls_mode = tls_mode;
    this.insecure = insecure;
  }

  get elapsed(): number {
    return (performance.now() - this.#beganMs) / 1000;
  }
}

const constants = new WeakMap<Target, Constants>();

/** The names of a dialogue that is about to begin: those of the target and `variables`. */
export function newScope(target: Target, variables: Scope): Scope {
  let known = constants.get(target);
  if (known === undefined) {
    known = constantsOf(target);
    constants.set(target, known);
  }
  return Object.assign(new Names(known), variables) as unknown as Scope;
}

function constantsOf(target: Target): Constants {
  const ports = portsOf(target);
  return {
    host: target.host,
    port: BigInt(target.port),
    plain_port: BigInt(ports.plain ?? 0),
    tls_port: BigInt(ports.tls ?? 0),
    tls_mode: target.tls,
    insecure: target.tlsOptions.insecure === true,
  };
}
