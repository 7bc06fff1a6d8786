import type { Connection } from '../wire/connection.js';
import type { Scope } from './expression.js';
import { newPeer, type Peer } from './peer.js';

/**
 * The connections of a dialogue by label. The one that a line last spoke on is in use: `greeting`, `tls` and
 * `certificate` are its own.
 */
export class Peers {
  /** In the order in which they were opened; few, so that looking through them is fast. */
  private readonly list: Peer[] = [];
  private inUse: Peer | undefined;

  constructor(private readonly scope: Scope) {}

  /** The connection of a label, in use from now on; undefined when it was never opened. */
  use(label: string): Peer | undefined {
    const { inUse } = this;
    if (inUse !== undefined && inUse.connection.label === label) return inUse;
    const peer = this.labelled(label);
    if (peer !== undefined) this.show(peer);
    return peer;
  }

  /** Puts a new connection in place of the one with its label, which is dropped. */
  put(connection: Connection): Peer {
    const before = this.labelled(connection.label);
    before?.connection.destroy();
    const peer = newPeer(connection);
    if (before === undefined) this.list.push(peer);
    else this.list[this.list.indexOf(before)] = peer;
    this.show(peer);
    return peer;
  }

  /** Lets expressions see what is known of this connection now. */
  show(peer: Peer): void {
    this.inUse = peer;
    this.scope.greeting = peer.greeting ?? '';
    this.scope.tls = peer.tls;
    this.scope.certificate = peer.certificate;
  }

  /** The peer of a connection that has not been replaced. */
  of(connection: Connection): Peer | undefined {
    for (const peer of this.list) if (peer.connection === connection) return peer;
    return undefined;
  }

  labels(): Set<string> {
    return new Set(this.list.map(({ connection }) => connection.label));
  }

  /** Those whose connection has not ended. */
  open(): Peer[] {
    return this.list.filter(({ connection }) => connection.end === undefined);
  }

  all(): readonly Peer[] {
    return this.list;
  }

  /** Drops every connection but those of `labels`. */
  dropBut(labels: ReadonlySet<string>): void {
    const dropped = this.list.filter(({ connection }) => !labels.has(connection.label));
    for (const peer of dropped) {
      this.list.splice(this.list.indexOf(peer), 1);
      if (this.inUse === peer) this.inUse = undefined;
      peer.connection.destroy();
    }
  }

  private labelled(label: string): Peer | undefined {
    for (const peer of this.list) if (peer.connection.label === label) return peer;
    return undefined;
  }
}
