import { readTargets } from './config.js';
import { UsageError } from './exit-codes.js';
import { PER_TARGET } from './options.js';
import { several, single } from './values.js';

/** One of the targets of a command line. */
export interface TargetArgs {
  /** Undefined where there is one target only. */
  readonly name: string | undefined;
  /** The options, with `target` and what the target has by itself. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * The targets of `check`: those named on the command line, which share its options, or those of `--targets`, each with
 * options of its own. Throws UsageError.
 */
export function targetsOf(args: Readonly<Record<string, unknown>>): readonly TargetArgs[] {
  const { target, ...shared } = args;
  const given = several(target);
  const file = single('targets', args.targets);
  if (file !== undefined) {
    if (given.length > 0)
      throw new UsageError('--targets is given, and a target too', 'put it into the file, or leave one out');
    const targets = readTargets(file, PER_TARGET);
    if (targets.length === 0)
      throw new UsageError(`--targets ${file} names no target`, 'name: { target: … }');
    return targets.map(({ name, values }) => ({ name, values: { ...shared, ...values } }));
  }
  if (given.length <= 1) return [{ name: undefined, values: { ...shared, target: given[0] } }];
  const names = given.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UsageError(
      `two targets are both ${twice}`,
      'name each once, or give names to them with --targets',
    );
  return given.map((one, index) => ({ name: names[index], values: { ...shared, target: one } }));
}

/** A short name from a target, fit for a file's name: host and port. */
function nameOf(target: string): string {
  const bare = target.replace(/^[a-z0-9+.-]+:\/\//i, '').replace(/^.*@/, '');
  return bare.replace(/[^a-z0-9._-]+/gi, '-').replace(/^[-.]+|-+$/g, '') || 'target';
}
