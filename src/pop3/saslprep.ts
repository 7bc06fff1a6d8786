/** Spaces that are not ASCII become SPACE (RFC 4013 §2.1, RFC 3454 C.1.2). */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;

/** Mapped to nothing (RFC 4013 §2.1, RFC 3454 B.1). */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;

/** Prohibited output that mapping and NFKC leave (RFC 4013 §2.3, RFC 3454 C.2 to C.9). */
const PROHIBITED =
  /[\u0000-\u001f\u007f-\u009f\u06dd\u070f\u180e\u200e\u200f\u2028-\u202e\u2061-\u2063\u206a-\u206f\u2ff0-\u2ffb\ufff9-\ufffd\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** Characters that run from right to left (RFC 3454 D.1). */
const RIGHT_TO_LEFT =
  '\\u05be\\u05c0\\u05c3\\u05d0-\\u05ea\\u05f0-\\u05f4\\u061b\\u061f\\u0621-\\u063a\\u0640-\\u064a\\u066d-\\u066f\\u0671-\\u06d5' +
  '\\u06dd\\u06e5\\u06e6\\u06fa-\\u06fe\\u0700-\\u070d\\u0710\\u0712-\\u072c\\u0780-\\u07a5\\u07b1\\u200f\\ufb1d\\ufb1f-\\ufb28' +
  '\\ufb2a-\\ufb36\\ufb38-\\ufb3c\\ufb3e\\ufb40\\ufb41\\ufb43\\ufb44\\ufb46-\\ufbb1\\ufbd3-\\ufd3d\\ufd50-\\ufd8f\\ufd92-\\ufdc7' +
  '\\ufdf0-\\ufdfc\\ufe70-\\ufe74\\ufe76-\\ufefc';
const ANY_RIGHT_TO_LEFT = new RegExp(`[${RIGHT_TO_LEFT}]`, 'u');
const ENCLOSED = new RegExp(`^[${RIGHT_TO_LEFT}](?:.*[${RIGHT_TO_LEFT}])?$`, 'su');

/**
 * Prepares a name or password for comparison (SASLprep, RFC 4013): mapped, normalised to NFKC, checked for prohibited
 * characters and mixed directions; `null` when it fails. Code points that Unicode 3.2 does not assign are let pass, as
 * RFC 4013 §2.5 has it for queries, and letters of either direction are told by the Unicode version of Node.
 */
export function saslprep(text: string): string | null {
  const prepared = text.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  if (PROHIBITED.test(prepared)) return null;
  return ANY_RIGHT_TO_LEFT.test(prepared) && !rightToLeft(prepared) ? null : prepared;
}

/** RFC 3454 §6: begins and ends with such a character, and no left-to-right one is in it. */
function rightToLeft(text: string): boolean {
  const others = text.replace(new RegExp(ANY_RIGHT_TO_LEFT, 'gu'), '');
  return ENCLOSED.test(text) && !/\p{L}/u.test(others);
}
