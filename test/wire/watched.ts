import { Connection, type ConnectionListener } from '../../src/wire/connection.js';
import { Redactor } from '../../src/wire/redactor.js';
import type { Target } from '../../src/wire/target.js';
import { Trace } from '../../src/wire/trace.js';

/** A connection with everything that its listener is told. */
export interface Watched {
  readonly connection: Connection;
  /** What the listener was told, in order. */
  readonly told: (keyof ConnectionListener)[];
  /** What waits in the input, Latin-1. */
  readonly input: () => string;
  readonly trace: Trace;
  readonly kinds: () => string[];
}

/** Opens a connection to a port of 127.0.0.1. */
export function watch(port: number, more: Partial<Target> = {}, reuseSocket = false): Watched {
  const told: Watched['told'] = [];
  const tell = (what: keyof ConnectionListener) => () => void told.push(what);
  const trace = new Trace(new Redactor());
  const connection = new Connection(
    'A',
    { host: '127.0.0.1', address: '127.0.0.1', port, tls: 'none', tlsOptions: {}, ...more },
    {
      connected: tell('connected'),
      secured: tell('secured'),
      received: tell('received'),
      ended: tell('ended'),
    },
    trace,
    reuseSocket,
  );
  connection.open();
  return {
    connection,
    told,
    input: () => connection.input.peek().toString('latin1'),
    trace,
    kinds: () => trace.events().map(({ kind }) => kind),
  };
}
