/** A piece of work that needs some of a pool's members to itself. */
export interface Job<M> {
  readonly members: number;
  /** Whether this member of the pool will do. */
  fits?(member: M): boolean;
  /** `again`: it is to be run once more, before those that wait. `running` tells how many jobs run just now. */
  run(members: readonly M[], running: () => number): Promise<'done' | 'again'>;
}

export interface Bounds {
  /** Asked before each start. */
  readonly stopped: () => boolean;
  /** So many jobs may run at a time; at least one does. */
  readonly most?: () => number;
}

/**
 * Runs jobs side by side, each with as many members of the pool as it asks for and nobody else has meanwhile.
 * Jobs start in their order; one that cannot start yet does not hold up smaller ones behind it.
 */
export function runJobs<M>(
  jobs: readonly Job<M>[],
  pool: readonly M[],
  { stopped, most = () => Number.POSITIVE_INFINITY }: Bounds,
): Promise<void> {
  const free = [...pool];
  const waiting = [...jobs];
  let running = 0;
  return new Promise((resolve, reject) => {
    const next = (): void => {
      if (stopped()) waiting.length = 0;
      for (let index = 0; index < waiting.length && free.length > 0 && running < Math.max(1, most()); ) {
        const job = waiting[index];
        const members =
          job === undefined ? [] : free.filter((member) => job.fits?.(member) ?? true).slice(0, job.members);
        if (job === undefined || members.length < job.members) {
          index++;
          continue;
        }
        waiting.splice(index, 1);
        for (const member of members) free.splice(free.indexOf(member), 1);
        running++;
        job
          .run(members, () => running)
          .then((outcome) => {
            running--;
            free.push(...members);
            if (outcome === 'again') waiting.unshift(job);
            next();
          }, reject);
      }
      if (running === 0) resolve();
    };
    next();
  });
}
