import type { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, type Attempt, attempt, endingOf, type Surroundings } from '../dialogue/attempt.js';
import type { Library } from '../dialogue/library.js';
import type { Program } from '../dialogue/program.js';
import type { BodyValue } from '../dialogue/values.js';
import type { Delivery } from '../wire/delivery.js';
import { hindranceOfOurs } from './hindrance.js';
import { withOwnId } from './own-id.js';

/** A message that is to be put into a maildrop. */
export interface SeedMessage {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What came of one message. */
export interface SeededMessage {
  readonly name: string;
  /** Octets as sent. */
  readonly octets: number;
  /** Why it could not be delivered. */
  readonly error?: string;
  /** Where it was found, and how large the maildrop says it is. */
  readonly found?: { readonly number: number; readonly octets: number };
}

/** Count and octets of a maildrop, as STAT tells them. */
export interface Totals {
  readonly count: number;
  readonly octets: number;
}

/** What came of seeding one maildrop; `before` and `after` are there where it was looked at. */
export interface Seeded {
  readonly user: string;
  readonly messages: readonly SeededMessage[];
  readonly before?: Totals;
  readonly after?: Totals;
  /** Why the maildrop could not be looked at. */
  readonly problem?: string;
}

/** After so many refusals in a row the way of delivery is taken for broken. */
const REFUSALS_MAX = 3;
const POLL_MS = 200;
const LOOK_MAX_MS = 120_000;
/** What is looked at to find a message: its header begins with trace fields of the mail system. */
const HEAD_OCTETS = 64 * 1024;

const TOTALS = `
use session
C: STAT
S: +OK {count:int} {total:octets} ...
`;

/** Nothing is marked and nothing retrieved: TOP leaves mail as unread as it was. */
const LISTING = `
use open
# A server may refuse to show mail with UTF-8 header fields otherwise (RFC 6856 §2.1).
if capabilities.exists(c, c == "UTF8" || c.startsWith("UTF8 "))
  C: UTF8
  S: +OK
  | S: -ERR
use login
C: LIST
S: +OK
  S> {n:int} {size:octets} ...
for i in first..last
  C: TOP {i} 0
  S: +OK
    S> {head}
  | S: -ERR
    stop
`;

/** The dialogues with which a maildrop is looked at. */
export interface SeedPrograms {
  readonly totals: Program;
  readonly listing: Program;
}

export function seedPrograms(library: Library): SeedPrograms {
  return {
    totals: library.compile(TOTALS, '(totals)'),
    listing: library.compile(
      LISTING,
      '(listing)',
      new Map([
        ['first', 'int'],
        ['last', 'int'],
      ]),
    ),
  };
}

/** How a maildrop is looked at. */
export interface Look {
  readonly surroundings: Surroundings;
  readonly programs: SeedPrograms;
  /** So long messages may take to show up. */
  readonly waitMs: number;
}

/**
 * Delivers the messages to `account`, and with `look` waits until its maildrop holds them and finds them there. Deletes
 * and retrieves nothing. Never rejects: what went wrong stands in what it gives.
 */
export async function seedMaildrop(
  account: Account,
  messages: readonly SeedMessage[],
  delivery: Delivery,
  look: Look | undefined,
  signal: AbortSignal | undefined,
): Promise<Seeded> {
  const { name: user } = account;
  const first = look === undefined ? undefined : await totalsOf(account, look);
  if (typeof first === 'string') return { user, messages: [], problem: first };
  const sent = messages.map(({ name, bytes }) => ({ name, bytes: withOwnId(bytes) }));
  const delivered = await deliverAll(sent, delivery, user, signal);
  if (look === undefined || first === undefined) return { user, messages: delivered };
  const wanted = first.count + delivered.filter(({ error }) => error === undefined).length;
  const untilMs = performance.now() + look.waitMs;
  for (;;) {
    const now = await totalsOf(account, look);
    if (typeof now === 'string') return { user, messages: delivered, before: first, problem: now };
    if (now.count >= wanted || performance.now() > untilMs || signal?.aborted === true) {
      const found = await findAll(account, look, sent, delivered, first.count, now.count);
      return { user, messages: found, before: first, after: now };
    }
    await sleep(POLL_MS);
  }
}

async function deliverAll(
  messages: readonly SeedMessage[],
  delivery: Delivery,
  user: string,
  signal: AbortSignal | undefined,
): Promise<SeededMessage[]> {
  const done: SeededMessage[] = [];
  let refusals = 0;
  for (const { name, bytes } of messages) {
    if (refusals === REFUSALS_MAX || signal?.aborted === true) break;
    try {
      await delivery.deliver(bytes, user);
      done.push({ name, octets: bytes.length });
      refusals = 0;
    } catch (error) {
      done.push({ name, octets: bytes.length, error: (error as Error).message });
      refusals++;
    }
  }
  return done;
}

/** The totals, or why they cannot be had. */
async function totalsOf(account: Account, { surroundings, programs }: Look): Promise<Totals | string> {
  const result = await patiently(() => attempt(programs.totals, surroundings, [account], {}, LOOK_MAX_MS));
  const ending = endingOf(result);
  if (ending !== undefined) return `${ending.reason}: ${ending.actual}`;
  return { count: Number(result.values.count), octets: Number(result.values.total) };
}

const HINDERED_WAITS_MS = [100, 500, 2000, 5000];

/** A mail system that delivers at this moment, or a server that wants time between logins, keeps a session out for a while. */
async function patiently(look: () => Promise<Attempt>): Promise<Attempt> {
  for (const waitMs of HINDERED_WAITS_MS) {
    const result = await look();
    if (hindranceOfOurs(result) === undefined) return result;
    await sleep(waitMs);
  }
  return look();
}

/** Looks for each message among those that are new, by its Message-ID; where TOP is refused none is found. */
async function findAll(
  account: Account,
  { surroundings, programs }: Look,
  sent: readonly SeedMessage[],
  delivered: readonly SeededMessage[],
  before: number,
  after: number,
): Promise<readonly SeededMessage[]> {
  if (after <= before) return delivered;
  const heads: string[] = [];
  const range = { first: BigInt(before + 1), last: BigInt(after) };
  const listing = await patiently(() => {
    heads.length = 0;
    return attempt(programs.listing, surroundings, [account], range, LOOK_MAX_MS, () => ({
      body(body: BodyValue) {
        heads.push(body.bytes().subarray(0, HEAD_OCTETS).toString('latin1'));
      },
    }));
  });
  const { n, size } = listing.values;
  const sizes = new Map(
    Array.isArray(n) && Array.isArray(size) ? n.map((one, at) => [Number(one), Number(size[at])]) : [],
  );
  const numbers = new Map<string, number>();
  // The first reply with content is that of LIST.
  heads.slice(1).forEach((head, at) => {
    const id = messageId(head);
    if (id !== undefined) numbers.set(id, before + 1 + at);
  });
  return delivered.map((message, at) => {
    const number = numbers.get(messageId(sent[at]?.bytes.toString('latin1', 0, HEAD_OCTETS) ?? '') ?? '');
    const octets = number === undefined ? undefined : sizes.get(number);
    return number === undefined || octets === undefined ? message : { ...message, found: { number, octets } };
  });
}

function messageId(head: string): string | undefined {
  return /^Message-ID:\s*(<[^>\r\n]*>)/im.exec(head)?.[1];
}
