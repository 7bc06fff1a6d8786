import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, attempt, endingOf, type Surroundings } from '../dialogue/attempt.js';
import { fixtureVariable } from '../dialogue/fixtures.js';
import type { Case, Library } from '../dialogue/library.js';
import type { Program } from '../dialogue/program.js';
import type { BodyValue } from '../dialogue/values.js';
import { type Hindrance, hindranceOfOurs } from './hindrance.js';

/** Messages looked at to find the fixtures among them. */
const INVENTORY_MAX = 300;

/** How long mail that was handed over may take to show up in a session. */
const ARRIVAL_MS = 10_000;
const ARRIVAL_POLL_MS = 100;

/** After so many failed looks in a row no further one is tried. */
const LOOKS_MAX = 4;

/** Delivered where a case needs some messages, whichever. */
const ANY_MAIL = ['plain.eml', 'numbered.eml', 'multipart.eml', 'leading-dots.eml', 'blank-lines.eml'];

const LOGGED_IN = `
use open
# A server may refuse to send mail with UTF-8 header fields otherwise (RFC 6856 §2.1).
if capabilities.exists(c, c == "UTF8" || c.startsWith("UTF8 "))
  C: UTF8
  S: +OK
  | S: -ERR
use login
`;

/** By RETR, which marks mail as read at some providers. */
const BY_RETR = `${LOGGED_IN}
for i in 1..${INVENTORY_MAX}
  C: RETR {i}
  S: +OK
    S> {message}
  | S: -ERR
    stop
`;

/** By TOP, which is neutral everywhere; by RETR where there is no TOP. */
const BY_TOP = `${LOGGED_IN}
for i in 1..${INVENTORY_MAX}
  C: TOP {i} 0
  S: +OK
    S> {head}
  | S: -ERR
    if i > 1
      stop
    for j in 1..${INVENTORY_MAX}
      C: RETR {j}
      S: +OK
        S> {message}
      | S: -ERR
        stop
    stop
`;

const PURGE = `
use session
C: STAT
S: +OK {count:int} ...
for i in 1..count
  C: DELE {i}
  S: +OK
C: QUIT
S: +OK
S close
`;

/** A fixture's name stands in this header field of it. */
const FIXTURE_FIELD = /^X-Popspec-Fixture: *([a-z0-9-]+)\r?$/im;

/** Why a case cannot have the mail that it needs. */
export class Blocked extends Error {
  constructor(
    message: string,
    /** What may be gone at another try. */
    readonly hindrance?: Hindrance,
    /** `inconclusive` where it is for the server to answer for, and not for the permissions of the run. */
    readonly verdict: 'blocked' | 'inconclusive' = 'blocked',
  ) {
    super(message);
  }
}

/** What a maildrop holds, as far as popspec knows; undefined when it has to be looked up. */
interface Inventory {
  readonly count: number;
  /** Message-number of each fixture by its name (`plain.eml`). */
  readonly fixtures: ReadonlyMap<string, number>;
}

/** The programs with which a mailbox is looked through and emptied, compiled once for a run. */
export interface MailboxPrograms {
  /** By TOP, until the server turns out to have one that does not work. */
  inventory: Program;
  readonly byRetr: Program;
  readonly purge: Program;
}

export function mailboxPrograms(library: Library): MailboxPrograms {
  return {
    inventory: library.compile(BY_TOP, '(inventory)'),
    byRetr: library.compile(BY_RETR, '(inventory by RETR)'),
    purge: library.compile(PURGE, '(purge)'),
  };
}

/** The maildrop of one test account, brought into the state that a case needs. */
export class Mailbox {
  private known: Inventory | undefined;

  private failures = 0;

  constructor(
    readonly account: Account,
    private readonly given: Surroundings,
    private readonly programs: MailboxPrograms,
  ) {}

  private get surroundings(): Surroundings {
    return { ...this.given, tolerant: true };
  }

  /** Messages at the last look; undefined when there was none since the last change. */
  get count(): number | undefined {
    return this.known?.count;
  }

  /** Forgets what the maildrop holds, after a case that may have changed it. */
  changed(): void {
    this.known = undefined;
  }

  /**
   * Makes sure of what `one` needs and gives the variables of its fixtures. Throws Blocked with the reason when
   * that cannot be done with the permissions of the run.
   */
  async prepare(one: Pick<Case, 'needs'>): Promise<Record<string, bigint>> {
    const { mail = [], messages = 0, empty = false } = one.needs;
    if (mail.length === 0 && messages === 0 && !empty) return {};
    if (empty) {
      await this.makeEmpty();
      return {};
    }
    let inventory = await this.inventory();
    const missing = mail.filter((name) => !inventory.fixtures.has(name));
    const more = Math.max(0, messages - inventory.count - missing.length);
    const wanted = [
      ...missing,
      ...Array.from({ length: more }, (_, i) => ANY_MAIL[i % ANY_MAIL.length] ?? 'plain.eml'),
    ];
    if (wanted.length > 0) inventory = await this.fill(inventory, wanted, mail);
    return Object.fromEntries(
      mail.map((name) => [fixtureVariable(name), BigInt(inventory.fixtures.get(name) ?? 0)]),
    );
  }

  private async makeEmpty(): Promise<void> {
    const { count } = await this.inventory();
    if (count === 0) return;
    if (!this.surroundings.allowDelete) {
      throw new Blocked(
        `needs an empty maildrop, and --allow-delete is not given (${count} messages are there)`,
      );
    }
    this.changed();
    const purged = await attempt(this.programs.purge, this.surroundings, [this.account], {}, 60_000);
    const ending = endingOf(purged);
    if (ending !== undefined)
      throw new Blocked(`the maildrop could not be emptied: ${ending.reason}`, hindranceOfOurs(purged));
    const left = (await this.inventory()).count;
    if (left > 0) throw new Blocked(`the maildrop still holds ${left} messages after all were deleted`);
  }

  private async fill(
    before: Inventory,
    wanted: readonly string[],
    mail: readonly string[],
  ): Promise<Inventory> {
    const { deliver } = this.surroundings;
    if (deliver === undefined) {
      const what = mail.length > 0 ? wanted.join(', ') : `${wanted.length} more messages`;
      throw new Blocked(`the maildrop lacks ${what}, and there is no --deliver to put it there`);
    }
    for (const name of wanted) {
      try {
        await deliver(name, this.account.name);
      } catch (error) {
        throw new Blocked(`${name} could not be delivered: ${(error as Error).message}`);
      }
    }
    const untilMs = performance.now() + ARRIVAL_MS;
    for (;;) {
      this.changed();
      const now = await this.inventory();
      const there = mail.every((name) => now.fixtures.has(name));
      if (now.count >= before.count + wanted.length && there) return now;
      if (performance.now() > untilMs) {
        throw new Blocked(
          `mail was delivered, but after ${ARRIVAL_MS / 1000} s the maildrop does not show it all`,
        );
      }
      await sleep(ARRIVAL_POLL_MS);
    }
  }

  private async inventory(): Promise<Inventory> {
    if (this.known !== undefined) return this.known;
    if (this.failures >= LOOKS_MAX)
      throw new Blocked(
        'the maildrop could not be looked through several times before',
        undefined,
        'inconclusive',
      );
    const fixtures = new Map<string, number>();
    let seen = 0;
    let count = 0;
    const program = this.programs.inventory;
    const look = await attempt(program, this.surroundings, [this.account], {}, 120_000, () => ({
      body(body: BodyValue) {
        const head = body
          .bytes()
          .subarray(0, 16 * 1024)
          .toString('latin1');
        seen++;
        if (head === '') return;
        count = seen;
        const name = FIXTURE_FIELD.exec(head)?.[1];
        if (name !== undefined && !fixtures.has(`${name}.eml`)) fixtures.set(`${name}.eml`, count);
      },
    }));
    if (this.surroundings.signal?.aborted === true) throw new Blocked('the run was interrupted');
    const ending = endingOf(look);
    if (ending !== undefined) {
      const asked = look.transcript.findLast(({ kind }) => kind === 'send')?.text.trimEnd() ?? '';
      if (
        program !== this.programs.byRetr &&
        asked.startsWith('TOP ') &&
        hindranceOfOurs(look) === undefined
      ) {
        this.programs.inventory = this.programs.byRetr;
        return this.inventory();
      }
      const cut = ending.cause === 'close' || ending.cause === 'reset';
      const lost: Hindrance = { kind: 'not now', reason: `The server ended a session (${ending.actual}).` };
      const hindrance = hindranceOfOurs(look) ?? (cut ? lost : undefined);
      if (hindrance === undefined) this.failures++;
      const { reason, actual } = ending;
      const what = reason.toLowerCase() === actual.toLowerCase() ? actual : `${reason} ${actual}`;
      const why = hindrance?.reason ?? `${what} (the last that was sent: ${asked})`;
      const verdict = hindrance === undefined ? 'inconclusive' : 'blocked';
      throw new Blocked(`the maildrop could not be looked through: ${why}`, hindrance, verdict);
    }
    this.failures = 0;
    this.known = { count, fixtures };
    return this.known;
  }
}
