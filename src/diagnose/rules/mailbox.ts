import type { Facts, MailboxFacts } from '../facts.js';
import { hasTag } from '../probes/login-plan.js';
import type { Match, Rule } from '../rule.js';
import { duration, match, quoted } from './view.js';

/** Slower than this, mail programs give up or seem to hang. */
const SLOW_MS = 8000;

/** Counts at which windows of providers were seen: from 250 to 300 of the oldest messages. */
const WINDOW = { least: 248, most: 302 } as const;

function found(facts: Facts, look: (mailbox: MailboxFacts) => Match | undefined): Match | undefined {
  return facts.mailbox === undefined ? undefined : look(facts.mailbox);
}

const announces = ({ capa }: MailboxFacts, facts: Facts, tag: string): boolean => {
  const before = facts.endpoints.flatMap(({ capaTls, capaClear }) => capaTls ?? capaClear ?? []);
  return hasTag([...(capa ?? []), ...before], tag);
};

/** Whether a message ended too early, with its rest where the next reply should be (RFC 1939 §3). */
const isUnstuffed = ({ retr, broke }: MailboxFacts): boolean =>
  retr !== undefined && retr.octets < retr.listed && broke?.verb === 'RETR' && broke.how === 'unreadable';

/** Causes behind a login that works. */
export const MAILBOX_RULES: readonly Rule[] = [
  {
    id: 'empty',
    stage: 'mailbox',
    cause: 'The mailbox is empty for POP3.',
    when: ({ facts, provider }) =>
      found(facts, ({ stat, list }) => {
        if ((list?.count ?? stat?.count) !== 0) return undefined;
        const says =
          provider?.behaviours
            .filter(({ id }) =>
              ['inbox-only', 'folders-chosen', 'retr-hides', 'since-enabled', 'recent-only'].includes(id),
            )
            .map((one) => one.says) ?? [];
        return match(says.length > 0 ? 75 : 60, 'STAT and LIST count no message', ...says);
      }),
    separates:
      'Look on the web: mail in another folder than the inbox is not shown; none anywhere was fetched and removed, often by another program or device.',
    remedy: () => [
      'Look on the web for the mail: POP3 shows the inbox only.',
      'Look which other program or device fetches this mailbox and removes the mail ("leave a copy on the server").',
      'If the provider hides what was fetched once, set POP3 anew to "all mail".',
    ],
    link: ({ provider }) => provider?.page,
  },
  {
    id: 'window',
    stage: 'mailbox',
    cause: 'The server shows only a part of the mailbox at a time.',
    when: ({ facts, provider }) =>
      found(facts, ({ list, stat }) => {
        const count = list?.count ?? stat?.count ?? 0;
        const known = provider?.behaviours.find(({ id }) => id === 'window');
        const inWindow = count >= WINDOW.least && count <= WINDOW.most;
        if (
          known !== undefined &&
          known.messages !== undefined &&
          count >= known.messages * 0.8 &&
          count <= known.messages * 1.2
        )
          return match(80, `${count} messages are listed`, known.says);
        return inWindow
          ? match(
              known === undefined ? 30 : 75,
              `${count} messages are listed, as many as servers show that have a window`,
              known?.says,
            )
          : undefined;
      }),
    separates: 'Compare with the count on the web.',
    remedy: () => [
      'Let the mail program fetch again and again: the next part shows when this one was fetched.',
      'For all mail at once use IMAP.',
    ],
    link: ({ provider }) => provider?.page,
  },
  {
    id: 'recent-only',
    stage: 'mailbox',
    cause: 'The server shows only mail of the last days.',
    when: ({ facts, provider }) =>
      found(facts, ({ oldestDays, list }) => {
        const known = provider?.behaviours.find(({ id }) => id === 'recent-only');
        if (oldestDays === undefined || (list?.count ?? 0) < 2) return undefined;
        const days = known?.days ?? 30;
        const near = oldestDays <= days && oldestDays >= days - 4;
        if (known !== undefined && oldestDays <= days)
          return match(near ? 80 : 20, `the oldest message is of ${oldestDays} days ago`, known.says);
        return near ? match(30, `the oldest message is of ${oldestDays} days ago`) : undefined;
      }),
    separates: 'Whether older mail is there on the web.',
    remedy: ({ provider }) => [
      `Set POP3 to all mail in the settings on the web${provider?.enable === undefined ? '' : ` (${provider.enable.where})`}.`,
    ],
    link: ({ provider }) => provider?.page,
  },
  {
    id: 'quota',
    stage: 'mailbox',
    cause: 'The server refuses to give out more mail for the moment: a limit on what is fetched.',
    when: ({ facts }) =>
      found(facts, ({ refused }) => {
        const [verb, reply] =
          Object.entries(refused).find(([, text]) =>
            /download exceed|exceed.{0,30}(quota|limit|download)|bandwidth/i.test(text),
          ) ?? [];
        return verb === undefined ? undefined : match(90, `${verb} was answered ${quoted(reply ?? '')}`);
      }),
    separates: 'Wait a day and fetch again.',
    remedy: () => ['Fetch less at a time, and wait a day.'],
  },
  {
    id: 'stat-list-differ',
    stage: 'mailbox',
    cause:
      'STAT and LIST contradict each other: mail programs that believe STAT miss messages or wait for some that are not there.',
    when: ({ facts }) =>
      found(facts, ({ stat, list }) => {
        if (stat === undefined || list === undefined) return undefined;
        if (stat.count !== list.count)
          return match(88, `STAT counts ${stat.count} messages, LIST ${list.count}`);
        return stat.octets !== list.octets
          ? match(40, `STAT says ${stat.octets} octets, the sizes of LIST add up to ${list.octets}`)
          : undefined;
      }),
    separates: 'The same on another day: mail that arrived in between is no part of a session (RFC 1939 §5).',
    remedy: () => ['Tell the provider or the authors of the server; popspec check shows the bytes.'],
  },
  {
    id: 'sizes-wrong',
    stage: 'mailbox',
    cause: 'The sizes that the server announces are not those of what it sends.',
    when: ({ facts, provider }) =>
      found(facts, ({ retr, list }) => {
        if (retr !== undefined && retr.listed !== retr.octets)
          return match(85, `LIST announced ${retr.listed} octets, RETR sent ${retr.octets}`);
        if (list !== undefined && list.count > 2 && list.zeros > 0)
          return match(70, `${list.zeros} of ${list.count} messages are listed with 0 octets`);
        if (list !== undefined && list.count > 4 && list.rounded === list.count)
          return match(70, 'every size is a multiple of 1024');
        const known = provider?.behaviours.find(({ id }) => id === 'sizes-estimated');
        return known === undefined ? undefined : match(20, known.says);
      }),
    separates: 'One RETR beside its size (--allow-retr).',
    remedy: () => [
      'Mail programs that stop at the announced size show cut messages: take another program, or IMAP.',
      'If you run Exchange: Set-PopSettings -EnableExactRFC822Size.',
    ],
  },
  {
    id: 'uidl-missing',
    stage: 'mailbox',
    cause:
      'The server has no unique-ids: a mail program that leaves mail on the server fetches everything again each time.',
    when: ({ facts }) =>
      found(facts, (mailbox) => {
        const { refused, uidl, list } = mailbox;
        if (refused.UIDL !== undefined)
          return match(
            86,
            `UIDL was answered ${quoted(refused.UIDL)}`,
            announces(mailbox, facts, 'UIDL') ? 'although CAPA announces it' : undefined,
          );
        if (uidl !== undefined && uidl.blank > 0)
          return match(80, `${uidl.blank} messages have no unique-id`);
        return uidl !== undefined && list !== undefined && uidl.count !== list.count
          ? match(85, `UIDL lists ${uidl.count} messages, LIST ${list.count}`)
          : undefined;
      }),
    separates: 'UIDL was asked for.',
    remedy: () => ['Let the mail program remove what it fetched, or use IMAP.'],
  },
  {
    id: 'uidl-duplicate',
    stage: 'mailbox',
    cause:
      'Several messages have the same unique-id: a mail program takes them for one and does not fetch the others.',
    when: ({ facts }) =>
      found(facts, ({ uidl }) =>
        uidl !== undefined && uidl.duplicates > 0
          ? match(90, `${uidl.duplicates} of ${uidl.count} unique-ids are there twice`)
          : undefined,
      ),
    separates: 'UIDL was asked for.',
    remedy: () => [
      'Fetch the missing messages on the web or by IMAP.',
      'If you run the server: make unique-ids of something that no two messages share (Dovecot: pop3_uidl_format, pop3_uidl_duplicates = rename).',
    ],
  },
  {
    id: 'uidl-unfit',
    stage: 'mailbox',
    cause:
      'Unique-ids break the rules (1 to 70 visible ASCII characters), so that mail programs fetch mail again or not at all.',
    when: ({ facts }) =>
      found(facts, ({ uidl }) => {
        if (uidl === undefined || uidl.tooLong + uidl.unfit === 0) return undefined;
        return match(
          70,
          uidl.tooLong > 0 ? `${uidl.tooLong} are longer than 70 characters` : undefined,
          uidl.unfit > 0 ? `${uidl.unfit} hold blanks or characters beyond ASCII` : undefined,
        );
      }),
    separates: 'UIDL was asked for.',
    remedy: () => [
      'Let the mail program remove what it fetched, or use IMAP.',
      'Tell the authors of the server (RFC 1939 §7).',
    ],
  },
  {
    id: 'top-missing',
    stage: 'mailbox',
    cause: 'TOP does not work: a mail program that fetches headers first shows nothing.',
    when: ({ facts }) =>
      found(facts, (mailbox) => {
        const { refused } = mailbox;
        if (refused.TOP === undefined) return undefined;
        const promised = announces(mailbox, facts, 'TOP');
        return match(
          promised ? 82 : 55,
          `TOP was answered ${quoted(refused.TOP)}`,
          promised ? 'although CAPA announces it' : undefined,
        );
      }),
    separates: 'TOP was asked for.',
    remedy: () => ['Switch off "fetch headers only" in the mail program.'],
  },
  {
    id: 'top-too-much',
    stage: 'mailbox',
    cause: 'TOP sends more than was asked for: fetching headers takes as long as fetching the mail.',
    when: ({ facts }) =>
      found(facts, ({ top }) =>
        top !== undefined && top.lines > 0
          ? match(60, `TOP with 0 lines sent ${top.lines} lines of the body`)
          : undefined,
      ),
    separates: 'TOP was asked for.',
    remedy: () => ['Switch off "fetch headers only" in the mail program.'],
  },
  {
    id: 'message-unreadable',
    stage: 'mailbox',
    cause: 'A message that is listed cannot be fetched, and holds up those behind it.',
    when: ({ facts }) =>
      found(facts, ({ refused }) => {
        const reply = refused.RETR;
        return reply === undefined || /exceed/i.test(reply)
          ? undefined
          : match(85, `RETR was answered ${quoted(reply ?? '')}`);
      }),
    separates: 'Whether the message opens on the web.',
    remedy: () => ['Move or delete that message on the web, and fetch again.'],
  },
  {
    id: 'message-unstuffed',
    stage: 'mailbox',
    cause: 'The server does not protect lines of a message that are a single dot: mail is cut there.',
    when: ({ facts }) =>
      found(facts, (mailbox) =>
        isUnstuffed(mailbox)
          ? match(
              94,
              `RETR ended after ${mailbox.retr?.octets} of ${mailbox.retr?.listed} octets, and ${quoted(mailbox.broke?.heard ?? '')} came behind the line with the dot`,
            )
          : undefined,
      ),
    separates: 'The message on the web: it goes on behind a line that is a single dot.',
    remedy: () => [
      'Read such messages on the web or by IMAP.',
      'If you run the server: update it; it must send a second dot before each line that begins with one (RFC 1939 §3).',
    ],
  },
  {
    id: 'session-breaks',
    stage: 'mailbox',
    cause: 'The session breaks off in the middle, or the server sends what no mail program can read.',
    when: ({ facts }) =>
      found(facts, (mailbox) => {
        const { broke } = mailbox;
        if (broke === undefined || isUnstuffed(mailbox)) return undefined;
        const how = {
          closed: 'the server closed the connection',
          reset: 'the connection was reset',
          timeout: 'no answer came to its end',
          unreadable: 'what came cannot be read',
        }[broke.how];
        return match(
          broke.how === 'unreadable' ? 88 : 82,
          `at ${broke.verb || 'the first command'} ${how}: ${quoted(broke.heard)}`,
        );
      }),
    separates:
      'From another network: if it holds there, something on the way (a virus scanner, a router) cuts it.',
    remedy: () => [
      'Switch off the scanning of mail connections in a virus scanner, and try again.',
      'Otherwise look on the web for a message that does not open, and move it away.',
      'Tell the provider at which command it breaks.',
    ],
  },
  {
    id: 'mailbox-slow',
    stage: 'mailbox',
    cause: 'The server answers so slowly that mail programs give up.',
    when: ({ facts }) =>
      found(facts, ({ tookMs, list }) => {
        const slow = Object.entries(tookMs).filter(([, ms]) => ms >= SLOW_MS);
        return slow.length === 0
          ? undefined
          : match(
              70,
              `${slow.map(([verb, ms]) => `${verb} took ${duration(ms)}`).join(', ')}`,
              list === undefined ? undefined : `${list.count} messages are in the mailbox`,
            );
      }),
    separates: 'Whether it is faster with fewer messages: then it is the size of the mailbox.',
    remedy: () => ['Move old mail out of the inbox on the web.', 'Raise the time limit of the mail program.'],
  },
];
