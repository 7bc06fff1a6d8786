import { fork } from 'node:child_process';
import { once } from 'node:events';
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
  readonly faults: readonly string[];
  /** In place of files: so many messages of these sizes in turn. */
  readonly made?: { readonly messages: number; readonly octets: readonly number[] } | undefined;
}

/** The embedded server in a process of its own, so that it does not take time from what loads it. */
export interface EmbeddedProcess {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number | null;
  readonly certificate: string;
  /** What the server has counted so far. Rejects when it is gone. */
  counters(): Promise<ServerCounters>;
  /** Ends the server and gives what it counted. Rejects when it is gone already. */
  stop(): Promise<ServerCounters>;
}

export type ParentMessage = 'counters' | 'stop';

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
    child.once('message', (message: ChildMessage) => {
      if (message.kind !== 'ready') return;
      const { host, port, tlsPort, certificate } = message;
      resolve({ host, port, tlsPort, certificate, counters: () => ask('counters'), stop });
    });
    child.send(request);
  });

  function ask(message: ParentMessage): Promise<ServerCounters> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error('the embedded server has ended without being asked to'));
      if (!child.connected) {
        gone();
        return;
      }
      child.once('exit', gone);
      child.once('message', (answer: ChildMessage) => {
        child.off('exit', gone);
        if (answer.kind === 'counters') resolve(answer.counters);
      });
      child.send(message);
    });
  }

  async function stop(): Promise<ServerCounters> {
    const counters = await ask('stop');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return counters;
  }
}
