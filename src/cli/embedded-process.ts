import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ServerCounters } from '../serve/server.js';

/** What the child is asked for. */
export interface EmbeddedRequest {
  readonly accounts: number;
  readonly pattern: string;
  readonly password: string;
  /** Folder of the .eml files that every maildrop holds. */
  readonly mail: string;
  readonly files: readonly string[];
}

/** The embedded server in a process of its own, so that it does not take time from what loads it. */
export interface EmbeddedProcess {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number | null;
  readonly certificate: string;
  /** Ends the server and gives what it counted. */
  stop(): Promise<ServerCounters>;
}

export type ChildMessage =
  | { kind: 'ready'; host: string; port: number; tlsPort: number | null; certificate: string }
  | { kind: 'counters'; counters: ServerCounters };

/** Starts the child; it ends by itself when this process goes away. */
export function startEmbeddedProcess(request: EmbeddedRequest): Promise<EmbeddedProcess> {
  const child = fork(fileURLToPath(new URL('./embedded-child.js', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`the embedded server ended with code ${code} before it was ready`)),
    );
    child.on('message', (message: ChildMessage) => {
      if (message.kind !== 'ready') return;
      const { host, port, tlsPort, certificate } = message;
      child.removeAllListeners('exit');
      resolve({ host, port, tlsPort, certificate, stop: () => stop() });
    });
    child.send(request);
  });

  function stop(): Promise<ServerCounters> {
    return new Promise((resolve, reject) => {
      let counters: ServerCounters | undefined;
      child.on('message', (message: ChildMessage) => {
        if (message.kind === 'counters') counters = message.counters;
      });
      child.once('exit', () => {
        if (counters === undefined) reject(new Error('the embedded server ended without its counts'));
        else resolve(counters);
      });
      child.send('stop');
    });
  }
}
