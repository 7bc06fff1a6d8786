import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { killedAtExit, onCore } from './processes.mjs';

/**
 * Compiles a C program of bench/c into `folder`; with TLS where OpenSSL can be compiled against.
 * Gives its path and whether it speaks TLS.
 */
export function compiled(name, folder) {
  const source = new URL(`c/${name}.c`, import.meta.url).pathname;
  const program = join(folder, name);
  const compile = (...more) =>
    execFileSync('cc', ['-O2', '-o', program, source, ...more], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    compile('-DWITH_TLS', '-lssl', '-lcrypto');
    return { program, tls: true };
  } catch {
    compile();
    return { program, tls: false };
  }
}

/** Starts the target on a core; `counters` tells what it has counted. */
export async function startTarget(program, core, { messages, octets }, certificate) {
  const files = certificate === undefined ? [] : [certificate.cert, certificate.key];
  const [command, ...args] = onCore(core, [program, String(messages), String(octets), ...files]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const release = killedAtExit(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const [port, tlsPort] = (await lines.next()).value.split(' ').map(Number);
  return {
    port,
    tlsPort,
    pid: child.pid,
    async counters() {
      child.stdin.write('?\n');
      const [sessions, commands, read] = (await lines.next()).value.split(' ').map(Number);
      return { sessions, commands, messages: read };
    },
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
      release();
    },
  };
}
