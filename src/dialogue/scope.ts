import { performance } from 'node:perf_hooks';
import { portsOf, type Target } from '../wire/target.js';
import type { Scope } from './expression.js';
import { CertificateValue, TlsValue } from './values.js';

const BEGAN = Symbol('when the dialogue began');

/** What every dialogue knows of its target and of the connection in use before there is one. */
class Constants {
  readonly port: bigint;
  readonly greeting = '';
  readonly tls = TlsValue.none;
  readonly certificate = CertificateValue.none;
  readonly host: string;
  readonly plain_port: bigint;
  readonly tls_port: bigint;
  readonly tls_mode: string;
  readonly insecure: boolean;
  [BEGAN] = 0;

  constructor(target: Target) {
    const ports = portsOf(target);
    this.host = target.host;
    this.port = BigInt(target.port);
    this.plain_port = BigInt(ports.plain ?? 0);
    this.tls_port = BigInt(ports.tls ?? 0);
    this.tls_mode = target.tls;
    this.insecure = target.tlsOptions.insecure === true;
  }

  get elapsed(): number {
    return (performance.now() - this[BEGAN]) / 1000;
  }
}

const constants = new WeakMap<Target, Constants>();

/** The names of a dialogue that is about to begin: those of the target, shared by its dialogues, and `variables`. */
export function newScope(target: Target, variables: Scope): Scope {
  let shared = constants.get(target);
  if (shared === undefined) {
    shared = new Constants(target);
    constants.set(target, shared);
  }
  const scope = Object.create(shared) as Scope & { [BEGAN]: number };
  scope[BEGAN] = performance.now();
  return Object.assign(scope, variables);
}
