import type { Account, Surroundings } from '../dialogue/attempt.js';
import type { Case } from '../dialogue/library.js';
import { kindOf } from './account-kind.js';
import { Mailbox, type MailboxPrograms } from './mailbox.js';
import type { Job } from './scheduler.js';

/** Without accounts, so many cases run side by side. */
const NO_ACCOUNTS = 4;

type Seat = Mailbox | undefined;

/**
 * Where cases run side by side. A maildrop is exclusive (RFC 1939 §4), so that a case that may log in has its accounts to
 * itself; beside it runs, for each account, one that names none. A wrong login belongs to those that may log in: a server that
 * lets it in must not be kept from showing that by the lock of another case.
 */
export class Seats {
  /** All of them, taken and free. */
  readonly pool: readonly Seat[];
  private readonly maildrops: readonly Mailbox[];
  private readonly names: readonly Seat[];

  constructor(accounts: readonly Account[], surroundings: Surroundings, programs: MailboxPrograms) {
    const mailboxes = (): Mailbox[] =>
      accounts.map((account) => new Mailbox(account, surroundings, programs));
    this.maildrops = mailboxes();
    this.names = accounts.length > 0 ? mailboxes() : Array.from({ length: NO_ACCOUNTS }, () => undefined);
    this.pool = [...this.maildrops, ...this.names];
  }

  /** What a case takes: accounts of the kind that it needs, any at all where there is none of that kind. */
  for(one: Case): Pick<Job<Seat>, 'members' | 'fits' | 'connections'> {
    const { needs } = one;
    const wanted = needs.account ?? 'ordinary';
    const among = this.maildrops.length > 0 && takesMaildrop(one) ? this.maildrops : this.names;
    const fitting = among.filter((seat) => seat !== undefined && kindOf(seat.account) === wanted);
    const usable = fitting.length > 0 ? fitting : among;
    return {
      members: Math.min(needs.users ?? 1, usable.length),
      fits: (seat) => usable.includes(seat),
      connections: connectionsOf(one),
    };
  }
}

/** How many connections a case may have open at the same time. */
export function connectionsOf({ program }: Case): number {
  const labels = program.steps.flatMap((step) => (step.op === 'connect' ? [step.label] : []));
  return Math.max(1, new Set(labels).size);
}

/** Who names no account cannot open a maildrop. */
function takesMaildrop({ needs, program: { kept } }: Case): boolean {
  const { mail, messages, empty, deletion, delivery, users } = needs;
  const needed = [mail, messages, empty, deletion, delivery, users].some((need) => need !== undefined);
  return needed || ['user', 'password', 'token'].some((name) => kept.has(name));
}
