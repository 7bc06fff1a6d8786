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

/** How much of one multi-line reply is kept in memory when a dialogue asks for its octets: 64 MiB. */
export const BODY_KEEP_MAX = 64 * 1024 * 1024;

/** How much of one multi-line reply is read at all before the reply is called endless: 1 GiB. */
export const BODY_READ_MAX = 1024 * 1024 * 1024;

/** Rows of a listing (LIST, UIDL, CAPA) that are read as columns: one million messages. */
export const LISTING_ROWS_MAX = 1_000_000;
