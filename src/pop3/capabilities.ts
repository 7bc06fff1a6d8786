/** More lines of CAPA than any server has are neither looked at nor shown. */
const LINES_MAX = 200;
/** A capability line has at most 512 octets (RFC 2449 §3). */
const OCTETS_MAX = 512;

/** What CAPA lists, as far as it is looked at: a server that lists without an end must not fill reports. */
export function capabilityLines(rows: readonly unknown[]): string[] {
  return rows.slice(0, LINES_MAX).map((row) => String(row).slice(0, OCTETS_MAX));
}
