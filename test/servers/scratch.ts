import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const HOST = '127.0.0.1';

export const run = promisify(execFile);

/** Runs a program with `input` on its standard input, and gives what it said on its standard output. */
export async function feed(program: string, args: readonly string[], input: string): Promise<string> {
  const running = run(program, args);
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Makes a server's directory; others may pass through it, since mail is read under another user id. */
export async function makeDirectory(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `popspec-${name}-`));
  await chmod(directory, 0o755);
  return directory;
}

/** Finds two ports that were free a moment ago; whoever listens on them must be ready to lose the race. */
export async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, HOST, () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [ports[0]!, ports[1]!];
}

/** A self-signed certificate for loopback: `cert.pem` and `key.pem` (mode 600) in `directory`. */
export async function makeCertificate(directory: string): Promise<{ cert: string; key: string; ca: string }> {
  const cert = join(directory, 'cert.pem');
  const key = join(directory, 'key.pem');
  await run('openssl', [
    ...['req', '-x509', '-nodes', '-days', '2', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', key, '-out', cert],
  ]);
  // GNU pop3d refuses a key that its group can read.
  await chmod(key, 0o600);
  return { cert, key, ca: await readFile(cert, 'utf8') };
}

/** Names and passwords of a server's accounts: `popspec0001` … with `suffix` behind the name. */
export function makeUsers(count: number, suffix = ''): { name: string; password: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(4, '0');
    return { name: `popspec${number}${suffix}`, password: `secret-${number}` };
  });
}

/** The users' passwords as crypt(3) wants them, in MD5: the cheapest that it takes. */
export async function crypt(
  directory: string,
  users: readonly { password: string }[],
): Promise<readonly string[]> {
  const passwords = join(directory, 'passwords');
  await writeFile(passwords, users.map(({ password }) => `${password}\n`).join(''), { mode: 0o600 });
  const { stdout } = await run('openssl', ['passwd', '-1', '-in', passwords]);
  return stdout.trimEnd().split('\n');
}
