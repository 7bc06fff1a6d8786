import { nearMatches } from '../../near-matches.js';
import type { Behaviour } from '../behaviour.js';
import { hintFor, ServeError } from '../errors.js';
import type { Fault } from './fault.js';
import { faults as catalogue, faultById } from './index.js';

/** A fault that a server is to have: in every session, or in one of so many. */
export interface ChosenFault {
  /** As it was asked for. */
  readonly name: string;
  readonly fault: Fault;
  readonly every: number;
}

/** Reads `ID`, or `ID@1/N` for one session of N. Throws ServeError. */
export function chosenFault(name: string): ChosenFault {
  const [id = '', rate] = name.split(/@(.*)/s);
  const fault = faultById(id);
  if (fault === undefined) {
    const near = nearMatches(
      id,
      catalogue.map((entry) => entry.id),
    ).join(', ');
    throw new ServeError('unknown-fault', `there is no fault ${JSON.stringify(id)}`, hintFor(near));
  }
  if (rate === undefined) return { name, fault, every: 1 };
  const every = Number(/^1\/([1-9]\d{0,8})$/.exec(rate)?.[1]);
  if (Number.isNaN(every))
    throw new ServeError('bad-option', `${name}: the rate cannot be read`, `such as ${id}@1/1000`);
  if (fault.area === 'tls')
    throw new ServeError('bad-option', `${id} is of the whole server and has no rate`, `leave @${rate} out`);
  return { name, fault, every };
}

/**
 * Gives each connection a behaviour in turn. `make` makes one with these faults: all have those that are always there, and one
 * connection of so many has one of the others besides, never two where their rates are the same.
 */
export class Rota {
  private readonly usual: Behaviour;
  private readonly others: readonly {
    readonly name: string;
    readonly every: number;
    readonly behaviour: Behaviour;
  }[];
  private served = 0;

  constructor(
    chosen: readonly ChosenFault[],
    make: (faults: readonly Fault[]) => Behaviour,
    /** How many connections had each of them, by what it was asked for as. */
    private readonly counts: Record<string, number>,
  ) {
    const always = chosen.filter(({ every }) => every === 1).map(({ fault }) => fault);
    this.usual = make(always);
    this.others = chosen
      .filter(({ every }) => every > 1)
      .map(({ name, fault, every }) => ({ name, every, behaviour: make([...always, fault]) }));
    for (const { name } of this.others) counts[name] = 0;
  }

  /** What there is to know before a connection: how TLS is spoken. */
  get general(): Behaviour {
    return this.usual;
  }

  next(): Behaviour {
    const served = ++this.served;
    const at = this.others.findIndex(({ every }, index) => (served + index) % every === 0);
    const found = this.others[at];
    if (found === undefined) return this.usual;
    this.counts[found.name] = (this.counts[found.name] ?? 0) + 1;
    return found.behaviour;
  }
}
