/** The servers that the tests run beside the embedded one. */
export type ServerName = 'dovecot' | 'mailutils' | 'courier' | 'cyrus' | 'popa3d';

/** An account of a {@link RealServer}; each instance has its own. */
export interface ServerUser {
  name: string;
  password: string;
  /** Bearer token, where the server takes such. */
  token?: string;
}

/** A POP3 server of Debian's that runs on loopback for one test file. */
export interface RealServer {
  name: ServerName;
  version: string;
  host: string;
  /** Port for plain text and STLS (RFC 2595 §4). */
  port: number;
  /** Port for TLS from the first byte (RFC 8314 §3.3); null for a server that knows no TLS. */
  tlsPort: number | null;
  /** The self-made certificate, PEM; it names `localhost` and 127.0.0.1. Null for a server that knows no TLS. */
  ca: string | null;
  users: readonly ServerUser[];
  /** Value for popspec's `--deliver`. */
  deliver: string;
  /** The server's directory, for tests that look at its store. */
  directory: string;
  /** The process group that holds the server and all its children. */
  processGroup: number;
  /**
   * Replaces the maildrop's content in the store, in the order given. Only while no session is open on it.
   * @throws Error for a user that the server does not have
   */
  putMail(user: string, messages: readonly Uint8Array[]): Promise<void>;
  /** What the server logged so far. */
  log(): Promise<string>;
  /** Ends the server's process group and removes its directory; a second call does nothing. */
  stop(): Promise<void>;
}
