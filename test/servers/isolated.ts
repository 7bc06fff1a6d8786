import { spawnSync } from 'node:child_process';

const OF_ITS_OWN = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
/** Mounts pairs up to `--`, then becomes the command. */
const SCRIPT = `while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 1; shift 2; done; shift; exec "$@"`;

/** A path of the machine, and what stands there for the server in its place. */
export interface Mount {
  at: string;
  shown: string;
}

/**
 * The command line of a server in namespaces of its own (unshare(1)). It sees `mounts` at the paths that are
 * compiled into it, so that nothing changes for the machine and several instances run side by side; and
 * whatever it starts ends with it, also what leaves its process group.
 */
export function isolated(
  mounts: readonly Mount[],
  command: readonly [string, ...string[]],
): [string, ...string[]] {
  const pairs = mounts.flatMap(({ at, shown }) => [shown, at]);
  return ['unshare', ...OF_ITS_OWN, 'sh', '-c', SCRIPT, 'sh', ...pairs, '--', ...command];
}

/** Why {@link isolated} does not work here, or null. */
export function lackingNamespaces(): string | null {
  if (process.getuid?.() !== 0) return 'it starts only as root';
  if (spawnSync('unshare', [...OF_ITS_OWN, 'true']).status === 0) return null;
  return 'it needs namespaces of its own, and unshare(1) is refused them (a container wants CAP_SYS_ADMIN)';
}
