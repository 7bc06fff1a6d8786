import type { Socket } from 'node:net';
import type { Limits } from './limits.js';

/** Decides which connections are served: the limits that lie before a session. */
export class Gate {
  private readonly perAddress = new Map<string, number>();
  private accepted = 0;

  /** `goAway` is called when the server is to be away for a time in milliseconds. */
  constructor(
    private readonly limits: Limits,
    private readonly goAway: (forMs: number) => void,
  ) {}

  /** Whether `socket` is to be served; one that is not is turned away here. */
  admits(socket: Socket): boolean {
    const { connectionsPerAddress = Number.POSITIVE_INFINITY, away } = this.limits;
    if (++this.accepted === away?.atConnection) {
      this.goAway(away.forMs);
      return false;
    }
    const address = socket.remoteAddress ?? '';
    const open = (this.perAddress.get(address) ?? 0) + 1;
    if (open > connectionsPerAddress) {
      this.turnAway(socket);
      return false;
    }
    this.perAddress.set(address, open);
    socket.once('close', () => this.perAddress.set(address, (this.perAddress.get(address) ?? 1) - 1));
    return true;
  }

  private turnAway(socket: Socket): void {
    socket.on('error', () => undefined).resume();
    if (this.limits.excess === 'silent') socket.once('end', () => socket.end());
    else
      socket.end(this.limits.excess === 'refused' ? '-ERR too many connections from your address\r\n' : '');
  }
}
