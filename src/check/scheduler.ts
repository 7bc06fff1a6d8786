/** A piece of work that needs some of a pool's members to itself. */
export interface Job<M> {
  readonly members: number;
  run(members: readonly M[]): Promise<void>;
}

/**
 * Runs jobs side by side, each with as many members of the pool as it asks for and nobody else has meanwhile.
 * Jobs start in their order; one that cannot start yet does not hold up smaller ones behind it.
 * `stopped` is asked before each start.
 */
export function runJobs<M>(
  jobs: readonly Job<M>[],
  pool: readonly M[],
  stopped: () => boolean,
): Promise<void> {
  const free = [...pool];
  const waiting = [...jobs];
  let running = 0;
  return new Promise((resolve, reject) => {
    const next = (): void => {
      if (stopped()) waiting.length = 0;
      for (let index = 0; index < waiting.length && free.length > 0; ) {
        const job = waiting[index];
        if (job === undefined || job.members > free.length) {
          index++;
          continue;
        }
        waiting.splice(index, 1);
        const members = free.splice(0, job.members);
        running++;
        job.run(members).then(() => {
          running--;
          free.push(...members);
          next();
        }, reject);
      }
      if (running === 0) resolve();
    };
    next();
  });
}
