import { ServeError } from './errors.js';
import type { UserOptions } from './server.js';

/** The password of made users unless another is asked for. It guards nothing but test mail on loopback. */
export const MADE_PASSWORD = 'let-me-in';
export const MADE_PATTERN = 'user{0001}';

export interface MadeUsers {
  /** Name with the first number, zero-padded, in braces: `load{001}@example.org`. Default `user{0001}`. */
  pattern?: string;
  password?: string;
  /** Given to every user; the same arrays are shared, so that many users cost little. */
  messages?: readonly Uint8Array[];
}

/** `count` users with numbered names. Throws ServeError for a pattern without a number in braces. */
export function makeUsers(count: number, options: MadeUsers = {}): UserOptions[] {
  const { pattern = MADE_PATTERN, password = MADE_PASSWORD, messages = [] } = options;
  const [, before, first, after] = /^([^{}]*)\{(\d+)\}([^{}]*)$/.exec(pattern) ?? [];
  if (before === undefined || first === undefined || after === undefined) {
    throw new ServeError(
      'bad-option',
      `user pattern ${JSON.stringify(pattern)} has no number in braces`,
      `write one like ${MADE_PATTERN}`,
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const number = String(Number(first) + i).padStart(first.length, '0');
    return { name: `${before}${number}${after}`, password, messages };
  });
}
