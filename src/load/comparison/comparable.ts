import type { LoadResult } from '../result.js';

/** A result and the file that it stands in. */
export interface Named {
  readonly file: string;
  readonly doc: LoadResult;
}

/**
 * Why results are not runs of the same thing, in a sentence with both values; undefined when they can be compared. The scenario,
 * the load, TLS, login and the kind of network make a difference that is not the server's.
 */
export function incomparable(all: readonly Named[]): string | undefined {
  const [first, ...rest] = all;
  if (first === undefined) return undefined;
  const search = all.find(({ doc }) => doc.capacity !== undefined);
  if (search !== undefined)
    return `${search.file} is a search for the capacity, each step of which had another rate`;
  for (const [index, other] of rest.entries()) {
    const twin = all.slice(0, index + 1).find((one) => sameRun(one.doc, other.doc));
    if (twin !== undefined) return `${twin.file} and ${other.file} hold the same run`;
    for (const [what, of] of ASPECTS) {
      const [mine, others] = [of(first.doc), of(other.doc)];
      if (mine !== others) return `${first.file} and ${other.file} have ${what}: ${mine} and ${others}`;
    }
    if (first.doc.scenario.dialogue !== other.doc.scenario.dialogue)
      return `${first.file} and ${other.file} have other dialogues under the name ${first.doc.scenario.id}`;
  }
  return undefined;
}

function sameRun(one: LoadResult, other: LoadResult): boolean {
  return (
    one.startedAt === other.startedAt && one.seed === other.seed && one.totals.octets === other.totals.octets
  );
}

const ASPECTS: readonly (readonly [what: string, of: (doc: LoadResult) => string])[] = [
  ['other scenarios', ({ scenario }) => scenario.id],
  ['other mixes', ({ mix = [] }) => mix.map(({ id, weight }) => `${id}=${weight}`).join(' ') || 'none'],
  ['other models', ({ model }) => model.kind],
  ['another load', ({ model }) => loadOf(model)],
  ['other modes of TLS', ({ target }) => target.tls],
  [
    'TLS resumed in one alone',
    ({ tls }) => (tls !== undefined && tls.resumed > tls.full ? 'resumed' : 'full handshakes'),
  ],
  ['other logins', ({ target }) => target.auth],
  ['targets of another kind', ({ target }) => networkOf(target.address ?? target.host)],
  ['an HTTP load beside one alone', ({ sideLoad }) => sideLoad?.url ?? 'none'],
  ['other deliveries', ({ refill }) => (refill === undefined ? 'none' : `${refill.perSecond}/s`)],
];

function loadOf(model: LoadResult['model']): string {
  if (model.kind === 'closed') {
    const pacing = model.pacingMs === undefined ? '' : `, one every ${model.pacingMs} ms`;
    return `${model.sessions} sessions at a time${pacing}`;
  }
  const [only] = model.stages;
  const constant = model.stages.length === 1 && only !== undefined && only.fromPerSecond === only.toPerSecond;
  const stages = constant
    ? `${only.fromPerSecond}/s`
    : model.stages
        .map((stage) => `${stage.fromPerSecond}..${stage.toPerSecond}/s for ${stage.durationMs} ms`)
        .join(', ');
  return `${stages} ${model.arrivals}`;
}

/** This machine, a private network (RFC 1918, RFC 4193, link-local) or the internet. */
function networkOf(address: string): string {
  if (/^(127\.|::1$|localhost$)/.test(address)) return 'this machine';
  const isPrivate = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd]|fe[89ab])/i.test(address);
  return isPrivate ? 'a private network' : 'the internet';
}

/** Why the figures of a run are not those of the server; undefined when they are. */
export function invalidity(doc: LoadResult): string | undefined {
  if (doc.problem !== undefined) return doc.problem.message;
  if (doc.health.verdict === 'saturated')
    return `the generator was the bottleneck${doc.health.reasons[0] === undefined ? '' : `: ${doc.health.reasons[0]}`}`;
  return doc.complete ? undefined : 'the run ended early';
}

/** What is not the same on both sides and yet can be compared, and what the answer rests on. */
export function notesOn(base: readonly Named[], next: readonly Named[]): string[] {
  const notes: string[] = [];
  const all = [...base, ...next];
  for (const [what, of] of DIFFERING) {
    const [mine, others] = [base, next].map((side) =>
      [...new Set(side.map(({ doc }) => of(doc)))].join(', '),
    );
    if (mine !== others) notes.push(`${what}: ${mine} in base, ${others} in new`);
  }
  const repeats = Math.max(base.length, next.length);
  if (repeats === 1) {
    notes.push(
      'one run a side does not show how far runs lie apart by themselves: a tenth is assumed, so that only large differences are told; three runs a side or more tell smaller ones',
    );
  } else if (inTurns(base, next) === false) {
    notes.push(
      'all runs of one side came before those of the other: what changed on the machines meanwhile counts as a difference; runs taken in turns would not have this doubt',
    );
  }
  const shortest = Math.min(...all.map(({ doc }) => doc.durationMs));
  if (shortest < 9_000) notes.push('a run of less than ten seconds says little about its own scatter');
  return notes;
}

const DIFFERING: readonly (readonly [what: string, of: (doc: LoadResult) => string])[] = [
  ['target', ({ target }) => target.url],
  ['measured time', ({ durationMs }) => `${Math.round(durationMs / 1000)} s`],
  ['warm-up', ({ model }) => `${model.warmupMs} ms`],
  ['users', ({ users }) => String(users)],
  ['popspec', ({ tool }) => tool.version],
  [
    'generator',
    ({ environment }) => `Node ${environment.node}, ${environment.platform}, ${environment.cpus} CPUs`,
  ],
];

/** Undefined where the times say nothing. */
function inTurns(base: readonly Named[], next: readonly Named[]): boolean | undefined {
  const times = (side: readonly Named[]) => side.map(({ doc }) => Date.parse(doc.startedAt));
  const [before, after] = [times(base), times(next)];
  if ([...before, ...after].some(Number.isNaN)) return undefined;
  return Math.max(...before) > Math.min(...after) && Math.max(...after) > Math.min(...before);
}
