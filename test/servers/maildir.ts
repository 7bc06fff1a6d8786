import { chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Debian's `mail`: a server reads no mail as root. */
export const MAIL_ID = 8;

export interface Owner {
  uid: number;
  gid: number;
}

const FOLDERS = ['cur', 'new', 'tmp'];

/** Makes an empty Maildir at `path`. */
export async function makeMaildir(path: string, owner: Owner): Promise<void> {
  for (const folder of FOLDERS) {
    await mkdir(join(path, folder), { recursive: true });
    await chown(join(path, folder), owner.uid, owner.gid);
  }
  await chown(path, owner.uid, owner.gid);
}

let deliveries = 0;

/** Replaces the messages of a Maildir. What the server keeps beside them stays: its unique-ids go on (RFC 1939 §7). */
export async function fillMaildir(
  maildir: string,
  messages: readonly Uint8Array[],
  owner: Owner,
): Promise<void> {
  for (const folder of ['cur', 'new']) {
    let files: string[];
    // A session that has just ended may still be renaming what it has shown.
    do {
      files = await readdir(join(maildir, folder));
      for (const file of files) await rm(join(maildir, folder, file), { force: true });
    } while (files.length > 0);
  }
  const seconds = Math.floor(Date.now() / 1000);
  for (const message of messages) {
    // Servers number new files by the seconds and then the microseconds in their names.
    deliveries += 1;
    const name = `${seconds}.M${String(deliveries).padStart(6, '0')}P${process.pid}.localhost`;
    const temporary = join(maildir, 'tmp', name);
    // Courier sends what is stored with CRLF as CR CR LF.
    await writeFile(temporary, Buffer.from(message).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
    await chown(temporary, owner.uid, owner.gid);
    await rename(temporary, join(maildir, 'new', name));
  }
}
