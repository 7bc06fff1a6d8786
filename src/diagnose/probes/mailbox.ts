import { BodyValue } from '../../dialogue/values.js';
import type { Look } from '../context.js';
import type { MailboxFacts } from '../facts.js';
import { capaOf } from './survey.js';

/** RFC 1939 §7: 1 to 70 characters in the range 0x21 to 0x7E. */
const UIDL_OCTETS_MAX = 70;
const UIDL = /^[\x21-\x7e]+$/;
const DAY_MS = 86_400_000;
const LINE_MAX = 200;

/** What the session that was let in showed of the mailbox. */
export function mailboxFacts(session: Look): MailboxFacts {
  const { values, commandMs } = session;
  const refused: Record<string, string> = {};
  for (const verb of ['STAT', 'LIST', 'UIDL', 'TOP', 'RETR']) {
    const reply = values[`refused_${verb.toLowerCase()}`];
    if (typeof reply === 'string') refused[verb] = reply.slice(0, LINE_MAX);
  }
  const { LIST, STAT, UIDL: uidl, TOP, RETR, CAPA } = commandMs;
  const took = { CAPA, STAT, LIST, UIDL: uidl, TOP, RETR };
  const capa = capaOf(session, 'capa_in');
  return {
    ...(capa === undefined ? {} : { capa }),
    ...statOf(session),
    ...listOf(session),
    ...uidlOf(session),
    ...topOf(session),
    ...retrOf(session),
    ...datesOf(session),
    refused,
    ...brokeOf(session),
    tookMs: Object.fromEntries(
      Object.entries(took).filter((entry): entry is [string, number] => entry[1] !== undefined),
    ),
  };
}

function statOf({ values }: Look): Pick<MailboxFacts, 'stat'> {
  const { stat_count: count, stat_octets: octets } = values;
  return typeof count === 'bigint' && typeof octets === 'bigint'
    ? { stat: { count: Number(count), octets: Number(octets) } }
    : {};
}

function numbers(value: unknown): number[] | undefined {
  return Array.isArray(value) ? value.map(Number) : undefined;
}

function listOf({ values }: Look): Pick<MailboxFacts, 'list'> {
  const ids = numbers(values.n);
  const sizes = numbers(values.size);
  if (ids === undefined || sizes === undefined || values.list_unread !== undefined) return {};
  return {
    list: {
      count: ids.length,
      octets: sizes.reduce((total, size) => total + size, 0),
      largest: sizes.reduce((most, size) => Math.max(most, size), 0),
      zeros: sizes.filter((size) => size === 0).length,
      ascending: ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? id)),
      rounded: sizes.filter((size) => size > 0 && size % 1024 === 0).length,
    },
  };
}

function uidlOf({ values }: Look): Pick<MailboxFacts, 'uidl'> {
  const rows = values.uidl;
  if (!Array.isArray(rows)) return {};
  const ids = rows.map((row) => /^\d+ ?(.*)$/.exec(String(row))?.[1] ?? '');
  const there = ids.filter((id) => id !== '');
  return {
    uidl: {
      count: ids.length,
      duplicates: there.length - new Set(there).size,
      tooLong: there.filter((id) => id.length > UIDL_OCTETS_MAX).length,
      unfit: there.filter((id) => !UIDL.test(id)).length,
      blank: ids.length - there.length,
    },
  };
}

function topOf({ values }: Look): Pick<MailboxFacts, 'top'> {
  const { newest } = values;
  if (!(newest instanceof BodyValue)) return {};
  const text = newest.bytes().toString('latin1');
  const at = text.search(/\r?\n\r?\n/);
  const blank = /\r?\n\r?\n/.exec(text)?.[0] ?? '';
  const body = at < 0 ? '' : text.slice(at + blank.length);
  const lines = body === '' ? 0 : body.replace(/\r?\n$/, '').split('\n').length;
  return { top: { header: at < 0 ? text.length : at, lines } };
}

function retrOf({ values }: Look): Pick<MailboxFacts, 'retr'> {
  const { retrieved, smallest_size: listed } = values;
  return retrieved instanceof BodyValue && typeof listed === 'bigint'
    ? { retr: { listed: Number(listed), octets: Number(retrieved.octets) } }
    : {};
}

function datesOf({ values }: Look): Pick<MailboxFacts, 'oldestDays' | 'newestDays'> {
  const newest = daysSince(values.newest);
  const oldest = daysSince(values.oldest) ?? newest;
  return {
    ...(oldest === undefined ? {} : { oldestDays: oldest }),
    ...(newest === undefined ? {} : { newestDays: newest }),
  };
}

function daysSince(message: unknown): number | undefined {
  if (!(message instanceof BodyValue)) return undefined;
  const date = /^Date:[ \t]*([^\r\n]{5,80})/im.exec(message.bytes().toString('latin1'))?.[1];
  const ms = date === undefined ? Number.NaN : Date.parse(date.replace(/\s*\([^)]*\)\s*$/, ''));
  return Number.isNaN(ms) ? undefined : Math.floor((Date.now() - ms) / DAY_MS);
}

function brokeOf({ values, ending, transcript }: Look): Pick<MailboxFacts, 'broke'> {
  const sent =
    transcript.filter(({ kind, text }) => kind === 'send' && !/^QUIT/i.test(text)).at(-1)?.text ?? '';
  const verb = /^[A-Z]+/i.exec(sent)?.[0]?.toUpperCase() ?? '';
  if (values.list_unread !== undefined) {
    const [line = ''] = Array.isArray(values.list_unread) ? values.list_unread.map(String) : [];
    return { broke: { verb: 'LIST', how: 'unreadable', heard: line.slice(0, LINE_MAX) } };
  }
  if (ending === undefined) {
    const stray = behindRetr(transcript);
    return stray === undefined
      ? {}
      : { broke: { verb: 'RETR', how: 'unreadable', heard: stray.slice(0, LINE_MAX) } };
  }
  const { cause, actual } = ending;
  const how = cause === 'close' ? 'closed' : cause === 'reset' || cause === 'timeout' ? cause : 'unreadable';
  return { broke: { verb, how, heard: actual.slice(0, LINE_MAX) } };
}

/** What came behind the end of the reply to RETR and is no reply: the rest of a message that a dot has cut. */
function behindRetr(transcript: Look['transcript']): string | undefined {
  const asked = transcript.findLastIndex(({ kind, text }) => kind === 'send' && /^RETR /i.test(text));
  if (asked < 0) return undefined;
  const received = transcript.slice(asked).filter(({ kind }) => kind === 'receive');
  const end = received.findIndex(({ text }) => /(^|\r\n)\.\r\n$/.test(text));
  return end < 0 ? undefined : received.slice(end + 1).find(({ text }) => !/^(\+OK|-ERR)/i.test(text))?.text;
}
