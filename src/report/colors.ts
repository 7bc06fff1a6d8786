import { Chalk, type ChalkInstance } from 'chalk';

export interface ColorFlags {
  /** `--color` and `--no-color`; undefined when neither was given. */
  readonly color?: boolean | undefined;
}

/** What is asked of a stream: whether a person watches it. */
export interface ColorStream {
  readonly isTTY?: boolean | undefined;
}

/**
 * Colours for one output stream, decided here since chalk looks at neither NO_COLOR nor the stream that is written
 * to. First that speaks wins: the flag, NO_COLOR (no-color.org: any value but the empty one), FORCE_COLOR (0 to 3),
 * TERM=dumb, a terminal.
 */
export function createChalk(
  stream: ColorStream,
  env: Readonly<Record<string, string | undefined>>,
  flags: ColorFlags = {},
): ChalkInstance {
  return new Chalk({ level: level(stream, env, flags) });
}

function level(
  stream: ColorStream,
  env: Readonly<Record<string, string | undefined>>,
  flags: ColorFlags,
): 0 | 1 | 2 | 3 {
  if (flags.color === false) return 0;
  if (flags.color === true) return 1;
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return 0;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) {
    if (forced === '0' || forced === 'false') return 0;
    return forced === '2' ? 2 : forced === '3' ? 3 : 1;
  }
  // The sixteen colours that every terminal has follow the theme of whoever reads: more are not used.
  return stream.isTTY === true && env.TERM !== 'dumb' ? 1 : 0;
}
