import { parseDuration } from '../dialogue/duration.js';
import type { Stage } from './plan.js';
import { LoadError } from './problem.js';

/** `[\d.]+` would take the dots of a range for a number's. */
const STAGE = /^(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?(?::(.+))?$/;
const HINT = 'write 200, or stages such as 50..500:60s,500:2m,0:10s';

/**
 * Reads a rate: `200` or `50..500` for the whole of `durationMs`, or stages with their own times,
 * `50..500:60s,500:2m,500..0:10s`. Throws LoadError with the stage that cannot be read.
 */
export function parseStages(text: string, durationMs: number | undefined): Stage[] {
  const parts = text.split(',').map((part) => part.trim());
  const stages = parts.map((part, index): Stage => {
    const [, from, to = from, time] = STAGE.exec(part.replaceAll(' ', '')) ?? [];
    const at = parts.length === 1 ? '' : `, stage ${index + 1}`;
    const fail = (problem: string, hint = HINT): never => {
      throw new LoadError('LOAD_MODEL', `rate "${text}"${at}: ${problem}`, hint);
    };
    const fromPerSecond = Number(from);
    const toPerSecond = Number(to);
    if (from === undefined || Number.isNaN(fromPerSecond + toPerSecond))
      return fail(part === '' ? 'it is empty' : `"${part}" is no rate`);
    if (time === undefined) {
      if (parts.length > 1)
        return fail('it has no time', 'with several stages each needs its own, such as 500:2m');
      if (durationMs === undefined) return fail('the run has no duration', 'add one, such as 30s');
      return { fromPerSecond, toPerSecond, durationMs };
    }
    if (durationMs !== undefined)
      return fail('it has its own time beside a duration', 'leave out one of them');
    const ms = parseDuration(time);
    if (ms === undefined || ms <= 0) return fail(`"${time}" is no time`, 'such as 500ms, 20s or 2m');
    return { fromPerSecond, toPerSecond, durationMs: ms };
  });
  return stages;
}

/** Whether the text says for how long, so that no other duration is needed. */
export function hasOwnTimes(text: string): boolean {
  return text.includes(':');
}
