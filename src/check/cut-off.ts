import { type Account, attempt, type Surroundings } from '../dialogue/attempt.js';
import type { Library } from '../dialogue/library.js';
import type { Program } from '../dialogue/program.js';
import { type CutOff, cutOffOf } from './hindrance.js';

const CONTROL_MS = 60_000;
/** A server that puts up with no error at all has no limit on them: an error does not end a session (RFC 1939 §3). */
const LEAST = 2;

/**
 * Tells a server that ends sessions after so many negative replies from one that ends them for another reason, by a
 * control: as many refused commands, and nothing else, on a connection of their own.
 */
export class CutOffControl {
  private readonly programs = new Map<string, Program>();

  constructor(
    private readonly library: Library,
    private readonly surroundings: Surroundings,
  ) {}

  /** Why the end that `cutOff` tells of proves nothing; undefined when it does. An account means: after a login. */
  async excuse({ refusals, login }: CutOff, account: Account | undefined): Promise<string | undefined> {
    if (login) return 'The server closed the connection after a refused login, as RFC 1939 §4 allows.';
    const state = account === undefined ? 'open' : 'session';
    const control = await attempt(
      this.program(state, refusals + 1),
      { ...this.surroundings, tolerant: true },
      account === undefined ? [] : [account],
      {},
      CONTROL_MS,
    );
    const seen = cutOffOf(control)?.refusals ?? 0;
    return seen < LEAST
      ? undefined
      : `The server ends a session after ${seen} negative replies, whatever they are about.`;
  }

  private program(state: 'open' | 'session', commands: number): Program {
    const text = `use ${state}\nrepeat ${commands}\n  C: XYZZY\n  S: -ERR\n`;
    const program = this.programs.get(text) ?? this.library.compile(text, '(cut-off)');
    this.programs.set(text, program);
    return program;
  }
}
