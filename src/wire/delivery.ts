import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A way of getting a message into a user's maildrop. */
export interface Delivery {
  /** As given, without secrets: for reports. */
  readonly description: string;
  /** Resolves when the message was handed over, which need not be when a POP3 session would show it. */
  deliver(message: Buffer, user: string): Promise<void>;
}

/** The `--deliver` option says something that cannot be done. */
export class DeliveryError extends Error {
  readonly code = 'DELIVERY_INVALID';
  readonly hint =
    'give smtp://host[:port][/{user}@domain], lmtp://host[:port][/…], maildir:DIR or command:CMD';
}

/** A hung mail system or command must not hang the run. */
const DELIVERY_TIMEOUT_MS = 30_000;

/**
 * Reads the value of `--deliver`. `{user}` stands for the user's name in a Maildir's path and in a recipient.
 * A command, and each step of a mail system, may take `timeoutMs`. Throws DeliveryError.
 */
export function parseDelivery(spec: string, timeoutMs = DELIVERY_TIMEOUT_MS): Delivery {
  const [scheme, rest] = split(spec);
  if (rest === '') throw new DeliveryError(`--deliver ${scheme}: says nothing behind the colon`);
  switch (scheme) {
    case 'maildir':
      return { description: spec, deliver: (message, user) => toMaildir(rest, message, user) };
    case 'command':
      return { description: spec, deliver: (message, user) => toCommand(rest, message, user, timeoutMs) };
    case 'smtp':
    case 'lmtp':
      return toMailServer(spec, scheme, timeoutMs);
    default:
      throw new DeliveryError(`--deliver does not know "${scheme}"`);
  }
}

function split(spec: string): [string, string] {
  const colon = spec.indexOf(':');
  return colon < 0 ? [spec, ''] : [spec.slice(0, colon), spec.slice(colon + 1)];
}

let delivered = 0;

async function toMaildir(pattern: string, message: Buffer, user: string): Promise<void> {
  if (/[/\0]|^\.\.?$/.test(user))
    throw new Error(`the user name "${user}" cannot be part of a Maildir's path`);
  const dir = pattern.replaceAll('{user}', () => user);
  for (const sub of ['tmp', 'new', 'cur']) await mkdir(join(dir, sub), { recursive: true });
  const unique = `${Math.floor(Date.now() / 1000)}.M${Date.now() % 1000}P${process.pid}Q${delivered++}R${randomBytes(4).toString('hex')}`;
  const name = `${unique}.${hostname().replace(/[/:]/g, '_')}`;
  const temporary = join(dir, 'tmp', name);
  // A Maildir holds messages with the line ends of the system; some servers send CR CR LF for others.
  const stored = Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  await writeFile(temporary, stored, { flag: 'wx', mode: 0o600 });
  const { uid, gid } = await stat(dir);
  if (process.getuid?.() === 0) await chown(temporary, uid, gid);
  await rename(temporary, join(dir, 'new', name));
}

function toCommand(command: string, message: Buffer, user: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that what the shell started ends with it.
    const child = spawn('/bin/sh', ['-c', command], {
      env: { ...process.env, POPSPEC_USER: user },
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    let complaint = '';
    const ended = (): void => {
      clearTimeout(timer);
      child.stderr.destroy();
      const { pid, exitCode, signalCode } = child;
      if (exitCode === 0) resolve();
      else if (exitCode !== null || signalCode !== null) {
        const end = signalCode ?? `code ${exitCode}`;
        reject(new Error(`the delivery command ended with ${end}: ${complaint.trim().slice(0, 200)}`));
      } else {
        if (pid !== undefined) process.kill(-pid, 'SIGKILL');
        reject(new Error(`the delivery command did not end within ${timeoutMs / 1000} s`));
      }
    };
    const timer = setTimeout(ended, timeoutMs);
    child.stderr.on('data', (chunk: Buffer) => {
      if (complaint.length < 500) complaint += chunk.toString('latin1');
    });
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    // What it left running in the background may hold its standard error open: success does not wait for that.
    child.on('exit', (code) => {
      if (code === 0) ended();
    });
    child.on('close', ended);
    child.stdin.end(message);
  });
}

function toMailServer(spec: string, scheme: 'smtp' | 'lmtp', timeoutMs: number): Delivery {
  let url: URL;
  let recipient: string;
  let auth = {};
  try {
    url = new URL(spec.replaceAll('{user}', '%7Buser%7D'));
    recipient = decodeURIComponent(url.pathname.replace(/^\//, '')) || '{user}';
    if (url.username !== '')
      auth = { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } };
  } catch {
    throw new DeliveryError(`--deliver ${scheme}: is not a URL`);
  }
  if (url.hostname === '') throw new DeliveryError(`--deliver ${scheme}: names no host`);
  const port = url.port === '' ? (scheme === 'smtp' ? 25 : 24) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    description: `${scheme}://${url.host}/${recipient}`,
    async deliver(message, user) {
      const { createTransport } = await import('nodemailer');
      const transport = createTransport({
        host,
        port,
        lmtp: scheme === 'lmtp',
        secure: false,
        tls: { rejectUnauthorized: false },
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        ...auth,
      } as Parameters<typeof createTransport>[0]);
      try {
        const to = recipient.replaceAll('{user}', () => user);
        await transport.sendMail({ envelope: { from: 'popspec@example.org', to }, raw: message });
      } finally {
        transport.close();
      }
    },
  };
}
