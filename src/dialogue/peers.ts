import type { Connection } from '../wire/connection.js';
import type { Scope } from './expression.js';
import { newPeer, type Peer } from './peer.js';

/**
 * The connections of a dialogue by label. The one that a line last spoke on is in use: `greeting`, `tls` and
 * `certificate` are its own.
 */
export class Peers {
  private readonly byLabel = new Map<string, Peer>();
  private inUse: Peer | undefined;

  constructor(private readonly scope: Scope) {}

  /** The connection of a label, in use from now on; undefined when it was never opened. */
  use(label: string): Peer | undefined {
    const { inUse } = this;
    if (inUse !== undefined && inUse.connection.label === label) return inUse;
    const peer = this.byLabel.get(label);
    if (peer !== undefined) this.show(peer);
    return peer;
  }

  /** Puts a new connection in place of the one with its label, which is dropped. */
  put(connection: Connection): Peer {
    this.byLabel.get(connection.label)?.connection.destroy();
    const peer = newPeer(connection);
    this.byLabel.set(connection.label, peer);
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
    const { inUse } = this;
    const peer = inUse?.connection === connection ? inUse : this.byLabel.get(connection.label);
    return peer?.connection === connection ? peer : undefined;
  }

  labels(): Iterable<string> {
    return this.byLabel.keys();
  }

  all(): Iterable<Peer> {
    return this.byLabel.values();
  }

  /** Drops every connection but those of `labels`. */
  dropBut(labels: ReadonlySet<string>): void {
    for (const [label, { connection }] of this.byLabel) {
      if (labels.has(label)) continue;
      connection.destroy();
      this.byLabel.delete(label);
      if (this.inUse?.connection === connection) this.inUse = undefined;
    }
  }
}
