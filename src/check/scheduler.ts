/** A piece of work that needs some of a pool's members to itself. */
export interface Job<M> {
  readonly members: number;
  /** Connections that it may open at the same time. */
  readonly connections: number;
  /** Whether this member of the pool will do. */
  fits?(member: M): boolean;
  /** `again`: it is to be run once more, before those that wait. `running` tells the connections of all jobs that run just now. */
  run(members: readonly M[], running: () => number): Promise<'done' | 'again'>;
}

export interface Bounds {
  /** Asked before each start. */
  readonly stopped: () => boolean;
  /** So many connections may be open at a time; one job runs whatever it needs. */
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
      for (let index = 0; index < waiting.length && free.length > 0; ) {
        const job = waiting[index];
        if (job === undefined) break;
        // Whatever is behind a job that waits for room would take it away from that one.
        if (running > 0 && running + job.connections > most()) break;
        const members = free.filter((member) => job.fits?.(member) ?? true).slice(0, job.members);
        if (members.length < job.members) {
          index++;
          continue;
        }
        waiting.splice(index, 1);
        for (const member of members) free.splice(free.indexOf(member), 1);
        running += job.connections;
        job
          .run(members, () => running)
          .then((outcome) => {
            running -= job.connections;
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
