import { parseDuration } from '../dialogue/duration.js';
import { UsageError } from './exit-codes.js';

/** The value of an option that may be given once; undefined when it was not given. */
export function single(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) throw new UsageError(`--${name} is given more than once`, 'give it once');
  const text = String(value);
  if (text === '') throw new UsageError(`--${name} needs a value`, `--${name} VALUE`);
  return text;
}

/** All values of an option that may be given several times, or once with several values. */
export function several(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** `20s`, `500ms`, `2m`; a bare number is seconds. */
export function durationMs(name: string, value: unknown, otherwise: number): number {
  const text = single(name, value);
  if (text === undefined) return otherwise;
  const ms = parseDuration(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text);
  if (ms === undefined || ms <= 0) {
    throw new UsageError(`--${name} ${text} is not a duration`, 'such as 500ms, 20s or 2m');
  }
  return ms;
}

/** A number from `least` to `most`. */
export function number(
  name: string,
  value: unknown,
  { least, most, integer }: { least: number; most: number; integer: boolean },
): number | undefined {
  const text = single(name, value);
  if (text === undefined) return undefined;
  const parsed = Number(text);
  const fits =
    Number.isFinite(parsed) && parsed >= least && parsed <= most && (!integer || Number.isInteger(parsed));
  if (!fits) {
    const kind = integer ? 'a whole number' : 'a number';
    throw new UsageError(
      `--${name} ${text} is not ${kind} from ${least} to ${most}`,
      `--${name} ${Math.max(1, least)}`,
    );
  }
  return parsed;
}

/** One of a few words. */
export function choice<T extends string>(name: string, value: unknown, words: readonly T[]): T | undefined {
  const text = single(name, value);
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw new UsageError(`--${name} ${text} is not known`, `one of ${words.join(', ')}`);
  return found;
}
