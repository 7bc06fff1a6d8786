import type { Buffer } from 'node:buffer';
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
 * Throws DeliveryError.
 */
export function parseDelivery(spec: string): Delivery {
  const [scheme, rest] = split(spec);
  if (rest === '') throw new DeliveryError(`--deliver ${scheme}: says nothing behind the colon`);
  switch (scheme) {
    case 'maildir':
      return { description: spec, deliver: (message, user) => toMaildir(rest, message, user) };
    case 'command':
      return { description: spec, deliver: (message, user) => toCommand(rest, message, user) };
    case 'smtp':
    case 'lmtp':
      return toMailServer(spec, scheme);
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
  const dir = pattern.replaceAll('{user}', user);
  for (const sub of ['tmp', 'new', 'cur']) await mkdir(join(dir, sub), { recursive: true });
  const unique = `${Math.floor(Date.now() / 1000)}.M${Date.now() % 1000}P${process.pid}Q${delivered++}R${randomBytes(4).toString('hex')}`;
  const name = `${unique}.${hostname().replace(/[/:]/g, '_')}`;
  const temporary = join(dir, 'tmp', name);
  await writeFile(temporary, message, { flag: 'wx', mode: 0o600 });
  const { uid, gid } = await stat(dir);
  if (process.getuid?.() === 0) await chown(temporary, uid, gid);
  await rename(temporary, join(dir, 'new', name));
}

function toCommand(command: string, message: Buffer, user: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', command], {
      env: { ...process.env, POPSPEC_USER: user },
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: DELIVERY_TIMEOUT_MS,
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (complaint.length < 500) complaint += chunk.toString('latin1');
    });
    child.on('error', reject);
    child.stdin.on('error', () => {});
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `the delivery command ended with ${signal ?? `code ${code}`}: ${complaint.trim().slice(0, 200)}`,
          ),
        );
    });
    child.stdin.end(message);
  });
}

function toMailServer(spec: string, scheme: 'smtp' | 'lmtp'): Delivery {
  let url: URL;
  try {
    url = new URL(spec.replaceAll('{user}', '%7Buser%7D'));
  } catch {
    throw new DeliveryError(`--deliver ${scheme}: is not a URL`);
  }
  const recipient = decodeURIComponent(url.pathname.replace(/^\//, '')) || '{user}';
  const auth =
    url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } };
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
        connectionTimeout: DELIVERY_TIMEOUT_MS,
        socketTimeout: DELIVERY_TIMEOUT_MS,
        ...auth,
      } as Parameters<typeof createTransport>[0]);
      try {
        const to = recipient.replaceAll('{user}', user);
        await transport.sendMail({ envelope: { from: 'popspec@example.org', to }, raw: message });
      } finally {
        transport.close();
      }
    },
  };
}
