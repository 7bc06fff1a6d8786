import type { Buffer } from 'node:buffer';
import type { Body, Terminator } from '../pop3/body.js';
import type { Reply } from '../pop3/reply.js';

/** A status line as expressions see it: `reply.status`, `reply.text`, … */
export class ReplyValue {
  constructor(
    private readonly reply: Reply,
    /** From the send of the command to the end of the line. */
    readonly seconds: number,
    /** Verb of the command that it answers; empty for a greeting. */
    readonly verb: string,
  ) {}

  get status(): string {
    return this.reply.status;
  }
  get strict(): boolean {
    return this.reply.strict;
  }
  get text(): string {
    return this.reply.text;
  }
  get code(): string {
    return this.reply.code;
  }
  get line(): string {
    return this.reply.line;
  }
  get octets(): bigint {
    return BigInt(this.reply.octets);
  }
  get crlf(): boolean {
    return this.reply.crlf;
  }
}

/** The content of a multi-line reply as expressions see it. */
export class BodyValue {
  constructor(
    private readonly body: Body,
    readonly verb: string,
  ) {}

  get octets(): bigint {
    return BigInt(this.body.octets);
  }
  get stuffed(): bigint {
    return BigInt(this.body.stuffedLines);
  }
  get bare_lf(): bigint {
    return BigInt(this.body.bareLineFeeds);
  }
  get terminator(): Terminator {
    return this.body.terminator;
  }
  bytes(): Buffer {
    return this.body.bytes();
  }
  raw(): Buffer {
    return this.body.raw;
  }
  rows(): string[] {
    return this.body.rows();
  }
}

/** TLS of the connection in use. */
export class TlsValue {
  static readonly none = new TlsValue();
  readonly active: boolean = false;
  readonly protocol: string = '';
  readonly cipher: string = '';
  /** Protocol agreed by ALPN (RFC 7301), or empty. */
  readonly alpn: string = '';

  constructor(
    fields: Partial<TlsValue> = {},
    private readonly binding: (name: string) => Uint8Array | null = () => null,
    private readonly endInAlert = (): boolean => false,
  ) {
    Object.assign(this, fields);
  }

  /** Whether the last that the server sent is an alert; seen only where the dialogue awaits the handshake by `S tls`. */
  get close_alert(): boolean {
    return this.endInAlert();
  }
  /** Channel binding data of `tls-exporter` (RFC 9266); no octets where there are none. */
  get exporter(): Uint8Array {
    return this.binding('tls-exporter') ?? new Uint8Array();
  }
  /** Channel binding data of `tls-unique` (RFC 5929); no octets where there are none. */
  get unique(): Uint8Array {
    return this.binding('tls-unique') ?? new Uint8Array();
  }
}

/** The certificate that the server showed. */
export class CertificateValue {
  static readonly none = new CertificateValue();
  /** Common names. */
  readonly subject: string = '';
  readonly issuer: string = '';
  /** Subject alternative names, as `DNS:mail.example.org` or `IP Address:192.0.2.1`. */
  readonly names: readonly string[] = [];
  readonly valid_from: string = '';
  readonly valid_to: string = '';
  /** Whole days since `valid_from` and until `valid_to`; negative before and after. */
  readonly days_old: bigint = 0n;
  readonly days_left: bigint = 0n;
  readonly self_signed: boolean = false;
  /** Certificates from this one to the last issuer that is known: those sent, and a root of the trust store. */
  readonly chain: bigint = 0n;
  /** `rsa`, `ec`, `ed25519`, … */
  readonly key_type: string = '';
  readonly key_bits: bigint = 0n;
  /** Whether it is for the name that was asked for (RFC 6125). */
  readonly matches_host: boolean = false;
  readonly verified: boolean = false;
  /** Why it is not verified, in the code of OpenSSL or of Node. */
  readonly error: string = '';

  constructor(fields: Partial<CertificateValue> = {}) {
    Object.assign(this, fields);
  }
}

/** What the sessions of one user have said of things: a later one may say the same of each, and nothing else. */
export class Remembered {
  private readonly said = new Map<string, string>();

  /** True unless something else was said of `key` before; the first word on it counts. */
  same(key: string, value: string): boolean {
    const known = this.said.get(key);
    if (known === undefined) this.said.set(key, value);
    return known === undefined || known === value;
  }
}
