import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOCK_TIMEOUT_MS = 10_000;
const LOCK_POLL_MS = 20;

/**
 * The line that begins a message in an mbox; GNU pop3d reads envelope sender and date from it and sends
 * neither.
 */
const FROM_LINE = 'From popspec@localhost Thu Jan  1 00:00:00 2026\n';

/**
 * A message as it stands in an mbox. `quoted` are the lines that get a ">". An mbox holds LF line ends and a final one: CRLF becomes LF, and a missing final line end is added.
 * A message without the empty line behind its header gets that too, since the server takes the next message
 * for its body.
 */
export function toMbox(message: Uint8Array, quoted: Quoted = 'any From'): Buffer {
  let text = Buffer.from(message).toString('latin1').replaceAll('\r\n', '\n');
  if (!text.endsWith('\n')) text += '\n';
  if (!/^$/m.test(text.slice(0, -1))) text += '\n';
  return Buffer.from(
    `${FROM_LINE}${text.replace(quoted === 'From' ? /^From /gm : /^>*From /gm, '>$&')}\n`,
    'latin1',
  );
}

/**
 * "From " alone, for readers that take no ">" away; or what begins so behind any number of ">", for those that take
 * one away.
 */
export type Quoted = 'From' | 'any From';

/**
 * A shell script that appends the message on its standard input to an mbox, as {@link toMbox} writes it. `box`
 * is the path of an mbox that exists, with `$POPSPEC_USER` in it. It takes the dotlock that the server takes too, and ends with 75 (EX_TEMPFAIL) when that
 * stays taken for three seconds: a session that ends is gone sooner, and an open one may last for ever.
 */
export function deliveryScript(box: string, quoted: Quoted = 'any From'): string {
  return `#!/bin/sh
set -eu
export LC_ALL=C
box="${box}"
case $POPSPEC_USER in '' | .* | */*) echo "no such user: $POPSPEC_USER" >&2; exit 67;; esac
[ -f "$box" ] || { echo "no such user: $POPSPEC_USER" >&2; exit 67; }

# All is read before the lock is taken, so that a slow writer holds up no one.
spool=$(mktemp)
locked=no
trap 'rm -f "$spool"; [ $locked = no ] || rm -f "$box.lock"' EXIT
trap 'exit 75' HUP INT TERM
sed -e 's/\\r$//' -e 's/^${quoted === 'From' ? '' : '>*'}From />&/' -e '$a\\' >"$spool"
grep -q '^$' "$spool" || echo >>"$spool"

tries=0
until (set -C; : >"$box.lock") 2>/dev/null; do
  tries=$((tries + 1))
  [ $tries -lt 30 ] || { echo "$box stays locked: a session is open on it" >&2; exit 75; }
  sleep 0.1
done
locked=yes
{ printf '${FROM_LINE.trimEnd()}\\n'; cat "$spool"; echo; } >>"$box"
`;
}

/** Replaces the messages of an mbox, under its dotlock. */
export async function fillMbox(box: string, messages: readonly Uint8Array[], quoted?: Quoted): Promise<void> {
  await takeDotlock(box);
  try {
    await writeFile(box, Buffer.concat(messages.map((message) => toMbox(message, quoted))));
  } finally {
    await rm(`${box}.lock`);
  }
}

/** A session that has just ended may be writing its mbox still: the server holds the dotlock until then. */
async function takeDotlock(box: string): Promise<void> {
  for (const deadline = performance.now() + LOCK_TIMEOUT_MS; ; await sleep(LOCK_POLL_MS)) {
    try {
      await writeFile(`${box}.lock`, '', { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (performance.now() > deadline) throw new Error(`${box} stays locked: a session is open on it`);
    }
  }
}
