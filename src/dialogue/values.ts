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
  constructor(
    readonly active: boolean,
    readonly protocol: string,
    readonly cipher: string,
  ) {}
}

/** The certificate that the server showed. */
export class CertificateValue {
  constructor(
    readonly subject: string,
    readonly issuer: string,
    readonly valid_to: string,
    readonly days_left: bigint,
    readonly verified: boolean,
    readonly error: string,
  ) {}
}

export const NO_TLS = new TlsValue(false, '', '');
export const NO_CERTIFICATE = new CertificateValue('', '', '', 0n, false, '');
