import { Buffer } from 'node:buffer';
import type { Connection, ConnectionEnd, ConnectionListener } from '../../src/wire/connection.js';
import { Input } from '../../src/wire/input.js';
import type { SocketOwner } from '../../src/wire/sockets.js';
import type { Target } from '../../src/wire/target.js';
import type { SecretSpan, Trace } from '../../src/wire/trace.js';

/** The server behind a scripted connection, and the pieces in which its octets arrive. */
export interface Wire {
  /** What the server says to all that it was sent since it last spoke; the greeting answers ''. */
  answer(sent: string): Buffer;
  /** Cuts what the server says. */
  cut(bytes: Buffer): readonly Buffer[];
  /** Octets after which the server closes the connection; it does so after QUIT in any case. */
  readonly closesAfter: number;
}

let wire: Wire | undefined;
const events: (() => void)[] = [];

/** Lets connections that are opened from now on speak with this server. */
export function connectTo(server: Wire): void {
  wire = server;
  events.length = 0;
}

/** Plays all events that are due; nothing happens in between. */
export function playEvents(): void {
  for (let event = events.shift(); event !== undefined; event = events.shift()) event();
}

/** Stands in for a connection without a socket, so that every order of octets can be had, and at once. */
export class ScriptedConnection implements Omit<Connection, keyof SocketOwner> {
  readonly input = new Input();
  end: ConnectionEnd | undefined;
  secure: undefined;
  octetsReceived = 0;
  handshaking = false;
  saidHello = false;
  endInAlert = false;
  certifiedName = '';
  private sent = '';
  private asked = false;
  private readonly server = wire as Wire;

  constructor(
    readonly label: string,
    _target: Target,
    private readonly listener: ConnectionListener,
    private readonly trace: Trace,
  ) {}

  open(): void {
    events.push(() => {
      this.listener.connected(this as unknown as Connection);
      this.serve();
    });
  }

  write(bytes: Buffer, secrets: readonly SecretSpan[]): void {
    if (this.end !== undefined) return;
    this.trace.sent(this.label, bytes, secrets);
    this.sent += bytes.toString('latin1');
    if (this.asked) return;
    this.asked = true;
    events.push(() => {
      this.asked = false;
      this.serve();
    });
  }

  traceLine(line: string, crlf: boolean, atMs: number): void {
    this.trace.line(this.label, line, crlf, atMs);
  }

  traceReceived(bytes: Buffer, ending = ''): void {
    this.trace.received(this.label, Buffer.concat([bytes, Buffer.from(ending)]));
  }

  traceInPart(begin: Buffer, end: Buffer, octets: number, ending = ''): void {
    this.trace.receivedInPart(this.label, begin, Buffer.concat([end, Buffer.from(ending)]), octets);
  }

  startTls(): void {
    throw new Error('no TLS here');
  }

  sayHello(): void {
    this.startTls();
  }

  expectTls(): void {
    this.startTls();
  }

  close(): void {
    this.end ??= { cause: 'ours', detail: '', code: '' };
  }

  halfClose(): void {
    this.close();
  }

  abort(): void {
    this.close();
  }

  destroy(): void {
    this.close();
  }

  private serve(): void {
    const said = this.server.answer(this.sent);
    const quits = /^QUIT\r$/m.test(this.sent);
    this.sent = '';
    const left = this.server.closesAfter - this.octetsReceived;
    this.octetsReceived += said.length;
    for (const piece of this.server.cut(said.subarray(0, Math.max(0, left)))) {
      events.push(() => {
        if (this.end !== undefined || piece.length === 0) return;
        this.input.push(piece);
        this.listener.received(this as unknown as Connection);
      });
    }
    if (said.length < left && !quits) return;
    events.push(() => {
      if (this.end !== undefined) return;
      this.end = { cause: 'close', detail: 'the server closed the connection', code: '' };
      this.listener.ended(this as unknown as Connection);
    });
  }
}
