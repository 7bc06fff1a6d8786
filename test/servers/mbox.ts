/**
 * The line that begins a message in an mbox; GNU pop3d reads envelope sender and date from it and sends
 * neither.
 */
const FROM_LINE = 'From popspec@localhost Thu Jan  1 00:00:00 2026\n';

/**
 * A message as it stands in an mbox, in the variant that quotes "From " and ">From " alike, so that it can be
 * undone. An mbox holds LF line ends and a final one: CRLF becomes LF, and a missing final line end is added.
 * A message without the empty line behind its header gets that too, since the server takes the next message
 * for its body.
 */
export function toMbox(message: Uint8Array): Buffer {
  let text = Buffer.from(message).toString('latin1').replaceAll('\r\n', '\n');
  if (!text.endsWith('\n')) text += '\n';
  if (!/^$/m.test(text.slice(0, -1))) text += '\n';
  return Buffer.from(`${FROM_LINE}${text.replace(/^>*From /gm, '>$&')}\n`, 'latin1');
}

/**
 * A shell script that appends the message on its standard input to the mbox of `$POPSPEC_USER`, as {@link
 * toMbox} writes it. It takes the dotlock that the server takes too, and ends with 75 (EX_TEMPFAIL) when that
 * stays taken for three seconds: a session that ends is gone sooner, and an open one may last for ever.
 */
export function deliveryScript(mail: string): string {
  return `#!/bin/sh
set -eu
export LC_ALL=C
box="${mail}/$POPSPEC_USER/INBOX"
case $POPSPEC_USER in '' | .* | */*) echo "no such user: $POPSPEC_USER" >&2; exit 67;; esac
[ -d "\${box%/INBOX}" ] || { echo "no such user: $POPSPEC_USER" >&2; exit 67; }

# All is read before the lock is taken, so that a slow writer holds up no one.
spool=$(mktemp)
locked=no
trap 'rm -f "$spool"; [ $locked = no ] || rm -f "$box.lock"' EXIT
trap 'exit 75' HUP INT TERM
sed -e 's/\\r$//' -e 's/^>*From />&/' -e '$a\\' >"$spool"
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
