import type { ChalkInstance } from 'chalk';
import type { Seeded, SeededMessage } from '../check/seed.js';
import { printable, safeText } from './escape.js';
import { count, plural } from './format.js';
import { alignRows, hang } from './table.js';
import { WIDTH } from './terminal-style.js';

/** What came of seeding one maildrop, judged. */
export interface SeedView {
  readonly seeded: Seeded;
  /** Every message was delivered and, where that was looked at, arrived with all its octets. */
  readonly ok: boolean;
  readonly sentence: string;
}

/** `wanted` is how many messages there were to deliver. */
export function viewSeeded(seeded: Seeded, wanted: number): SeedView {
  const { messages, before, after, problem } = seeded;
  const sent = messages.filter(({ error }) => error === undefined);
  const delivered = sent.length;
  const lost = wanted - delivered;
  const user = safeText(seeded.user, 100);
  const number =
    lost === 0 ? plural(wanted, 'message') : `${count(delivered)} of ${plural(wanted, 'message')}`;
  const put = `${number} delivered to ${user}`;
  if (problem !== undefined) {
    const sentence = `${put}; the maildrop cannot be looked at: ${printable(problem, 300)}`;
    return { seeded, ok: false, sentence };
  }
  if (before === undefined || after === undefined) {
    const sentence = `${put}; nobody looked whether they arrived, since no target was named`;
    return { seeded, ok: lost === 0, sentence };
  }
  const arrived = after.count - before.count;
  const octets = after.octets - before.octets;
  const least = sent.reduce((sum, message) => sum + message.octets, 0);
  const cut = sent.filter((message) => message.found !== undefined && message.found.octets < message.octets);
  const totals = `STAT says ${count(before.count)} before and ${count(after.count)} after, ${count(octets)} octets more for ${count(least)} sent`;
  const faults = [
    ...(arrived < delivered ? [arrived > 0 ? `only ${count(arrived)} arrived` : 'none arrived'] : []),
    ...(cut.length > 0 ? [`${plural(cut.length, 'message')} smaller than sent`] : []),
    ...(arrived >= delivered && octets < least && cut.length === 0 ? ['fewer octets than were sent'] : []),
  ];
  const there =
    lost === 0 && faults.length === 0 ? ' and there' : faults.map((fault) => `, ${fault}`).join('');
  const sentence = `${put}${there}: ${totals}`;
  return { seeded, ok: lost === 0 && faults.length === 0, sentence };
}

/** The messages with where they are, and the sentence; of several maildrops (`short`) the messages that went wrong only. */
export function seedLines({ seeded, ok, sentence }: SeedView, short: boolean, chalk: ChalkInstance): string {
  const shown = short ? seeded.messages.filter(wentWrong) : seeded.messages;
  const rows = shown.map((message) => [
    safeText(message.name, 60),
    `${count(message.octets)} octets`,
    fate(message),
  ]);
  const mark = ok ? chalk.green('✓') : chalk.red('✗');
  const [first = '', ...rest] = hang('  ', sentence, WIDTH);
  return `${[...alignRows(rows, 'lrl'), `${mark}${first.slice(1)}`, ...rest].join('\n')}\n`;
}

function wentWrong({ error, found, octets }: SeededMessage): boolean {
  return error !== undefined || (found !== undefined && found.octets < octets);
}

function fate({ error, found, octets }: SeededMessage): string {
  if (error !== undefined) return `✗ not delivered: ${printable(error, 200)}`;
  if (found === undefined) return 'delivered';
  const more = found.octets - octets;
  const size =
    more === 0 ? 'as sent' : more > 0 ? `${count(more)} octets more` : `✗ ${count(-more)} octets fewer`;
  return `message ${count(found.number)}, ${size}`;
}
