import { connect, type Socket } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { shakeHands, type TlsCore } from '../tls.js';
import type { Manners } from './hostile.js';
import { pour } from './pour.js';

/** Where the honest server listens, and what hostile ones show in a handshake of their own. */
export interface Honest {
  readonly port: number;
  readonly tlsPort: number;
  tls(maxVersion?: SecureVersion): TlsCore;
}

/** After the peer has ended its direction, or was left without an answer, the connection goes on no longer than this. */
const LINGER_MS = 5000;
/** A command line longer than this is passed on in pieces. */
const LINE_MAX = 64 * 1024;

/** One connection of a client to a hostile server, with a connection to the honest one behind it. Holds no more than a piece. */
export class Conversation {
  /** Of the command heard last, in upper case; empty before the first. */
  verb = '';
  /** Command lines heard. */
  commands = 0;
  /** Octets that the client was sent. */
  sent = 0;
  /** The honest server has greeted. */
  greeted = false;
  /** What the client is talked to through: the connection, or TLS on it. */
  private client: Socket;
  private honestSide: Socket | undefined;
  private secure = false;
  private input = '';
  private silent = false;
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(
    readonly raw: Socket,
    private readonly manners: Manners,
    private readonly honest: Honest,
  ) {
    this.client = raw;
    raw.on('error', () => undefined).on('close', () => this.over());
    raw.on('end', () => this.later(LINGER_MS, () => raw.destroy()));
  }

  /** With `secure` the client begins TLS at once. */
  begin(secure: boolean): void {
    if (secure) this.beginTls();
    else this.accept();
  }

  /** Talks to the honest server on behalf of the client. */
  converse(): void {
    const honest = connect({ port: this.honest.port, host: '127.0.0.1' });
    this.honestSide = honest;
    honest.on('error', () => undefined);
    honest.on('data', (octets) => {
      const out = this.manners.said?.(octets, this) ?? octets;
      this.greeted = true;
      this.send(out);
    });
    honest.on('end', () => (this.manners.ended ?? ((c) => c.end()))(this));
    this.listen(this.client);
  }

  /** Sends octets; the honest server is not listened to while they have not left. Says nothing once it is `mute`. */
  send(octets: Buffer | string): void {
    const { client, honestSide } = this;
    if (this.silent || octets.length === 0 || !client.writable) return;
    this.sent += octets.length;
    const left = typeof octets === 'string' ? client.write(octets, 'latin1') : client.write(octets);
    if (left || honestSide === undefined) return;
    honestSide.pause();
    client.once('drain', () => honestSide.resume());
  }

  /** Sends what `next` gives, as fast as the client takes it, until it gives nothing; then the honest server is heard again. */
  pour(next: () => Buffer | undefined): void {
    this.silent = true;
    this.honestSide?.pause();
    pour(this.client, next, () => {
      this.silent = false;
      this.honestSide?.resume();
    });
  }

  /** Says nothing any more, and goes on listening. */
  mute(): void {
    this.silent = true;
    this.honestSide?.pause();
  }

  /** Ends this direction (FIN, under TLS behind a close alert); the peer may still talk. */
  end(): void {
    if (!this.silent) this.client.end();
  }

  /** Ends the connection with RST. */
  reset(): void {
    this.raw.resetAndDestroy();
  }

  /** Does `act` after `ms`, unless the connection is over by then. */
  later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, ms);
    this.timers.add(timer);
  }

  /** While `on`, the honest server is not listened to. */
  hold(on: boolean): void {
    if (on) this.honestSide?.pause();
    else this.honestSide?.resume();
  }

  /** An honest handshake; then the conversation begins, or goes on where STLS was said. `then` gets it first. */
  shakeHands(maxVersion?: SecureVersion, then: (tls: Socket) => void = () => undefined): void {
    const tls = shakeHands(this.raw, this.honest.tls(maxVersion));
    tls.on('error', () => this.raw.destroy()).on('timeout', () => this.raw.destroy());
    tls.once('secure', () => {
      this.client = tls;
      then(tls);
      if (this.honestSide === undefined) this.accept();
      else this.listen(tls);
    });
  }

  /** The handshake of the honest server, whose octets go to the client as `through` gives them on. */
  tunnel(through: (octets: Buffer) => Buffer): void {
    const { raw } = this;
    const honest = connect({ port: this.honest.tlsPort, host: '127.0.0.1' });
    this.honestSide?.destroy();
    this.honestSide = honest;
    honest.on('error', () => undefined).on('data', (octets) => this.send(through(octets)));
    raw.on('data', (octets) => honest.write(octets));
  }

  private accept(): void {
    if (this.manners.accepted === undefined) this.converse();
    else this.manners.accepted(this);
    // What nobody listens to must not keep the end of the connection from being seen.
    if (this.honestSide === undefined) this.client.on('data', () => undefined);
  }

  private listen(client: Socket): void {
    client.on('error', () => undefined);
    client.on('data', (octets) => this.take(octets.toString('latin1'), client));
    client.on('end', () => this.honestSide?.end());
  }

  private take(text: string, from: Socket): void {
    if (from !== this.client) return;
    this.input += text;
    for (let end = this.input.indexOf('\n'); end >= 0; end = this.input.indexOf('\n')) {
      const line = this.input.slice(0, end + 1);
      this.input = this.input.slice(end + 1);
      if (this.command(line) === 'tls') return;
    }
    if (this.input.length > LINE_MAX) {
      this.honestSide?.write(this.input, 'latin1');
      this.input = '';
    }
  }

  private command(line: string): 'tls' | undefined {
    this.verb = (/^[A-Za-z0-9]+/.exec(line)?.[0] ?? '').toUpperCase();
    this.commands++;
    const goesOn = this.manners.heard?.(line, this) ?? true;
    if (!goesOn) return undefined;
    if (this.verb !== 'STLS' || this.secure) {
      this.honestSide?.write(line, 'latin1');
      return undefined;
    }
    this.send('+OK begin TLS\r\n');
    this.input = '';
    this.raw.removeAllListeners('data');
    this.beginTls();
    return 'tls';
  }

  private beginTls(): void {
    this.secure = true;
    if (this.manners.handshake === undefined) this.shakeHands();
    else {
      this.raw.resume();
      this.manners.handshake(this);
    }
  }

  private over(): void {
    this.honestSide?.destroy();
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
