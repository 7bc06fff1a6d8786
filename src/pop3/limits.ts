/**
 * Every bound on what a peer may make popspec hold or wait for, with its clause or its reason.
 * Octets unless the name says otherwise.
 */

/** A status line is at most 512 octets including CRLF (RFC 1939 §3). */
export const RESPONSE_LINE_MAX = 512;

/**
 * How much of one status line is read before the connection is given up. Far above RESPONSE_LINE_MAX so that
 * an over-long line can still be shown and judged, and far above the SASL challenges of RFC 5034 §4.
 */
export const RESPONSE_LINE_READ_MAX = 64 * 1024;

/** A command line is at most 255 octets including CRLF (RFC 2449 §4). */
export const COMMAND_LINE_MAX = 255;

/** A unique-id has 1 to 70 characters (RFC 1939 §7, UIDL). */
export const UNIQUE_ID_MAX = 70;

/** A numeric field with more digits than fit a signed 64-bit integer is not read as a number. */
export const NUMBER_DIGITS_MAX = 18;

/** How much of multi-line replies is kept in memory where a dialogue asks for their octets: 48 MiB. */
export const BODY_KEEP_MAX = 48 * 1024 * 1024;

/** Of a multi-line reply that only a transcript shows, so much is kept of its beginning and of its end. */
export const BODY_BEGIN_MAX = 64 * 1024;
export const BODY_END_MAX = 4 * 1024;

/** How much of one multi-line reply is read at all before the reply is called endless: 1 GiB. */
export const BODY_READ_MAX = 1024 * 1024 * 1024;

/** Rows of a listing (LIST, UIDL, CAPA) that are read as columns: one million messages. */
export const LISTING_ROWS_MAX = 1_000_000;

/** What one of so many sessions at a time may keep of a multi-line reply, so that together they stay within bounds. */
export function keepMaxOf(sessions: number, least: number): number {
  return Math.max(least, Math.floor(BODY_KEEP_MAX / Math.max(1, sessions)));
}
