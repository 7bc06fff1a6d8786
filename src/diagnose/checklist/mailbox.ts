import type { Facts, MailboxFacts } from '../facts.js';
import type { ProbeResult } from '../result.js';
import { spoken } from '../words.js';
import { differences, probe, said } from './entry.js';

/** What was seen behind a login. */
export function mailboxProbes({ mailbox, endpoints }: Facts): ProbeResult[] {
  if (mailbox === undefined) return [];
  const { capa, stat, list, uidl, top, retr, refused, broke, tookMs } = mailbox;
  const before = endpoints
    .map(({ capaTls, capaClear }) => capaTls ?? capaClear)
    .find((lines) => lines !== undefined && lines !== null);
  const probes: ProbeResult[] = [];
  if (capa !== undefined)
    probes.push(
      probe(
        'capa after login',
        'Capabilities after login',
        'ok',
        capa === null
          ? ['CAPA is refused']
          : [spoken(capa.join(', ')), ...differences(before ?? [], capa, 'login')],
        tookMs.CAPA,
      ),
    );
  const same =
    stat !== undefined && list !== undefined && stat.count === list.count && stat.octets === list.octets;
  probes.push(
    probe(
      'stat and list',
      'STAT against LIST',
      refused.STAT !== undefined ||
        refused.LIST !== undefined ||
        (stat !== undefined && list !== undefined && !same)
        ? 'bad'
        : list === undefined
          ? 'skipped'
          : list.count === 0
            ? 'warn'
            : 'ok',
      [
        stat === undefined ? said(refused.STAT) : `STAT: ${stat.count} messages, ${stat.octets} octets`,
        list === undefined
          ? refused.LIST
          : `LIST: ${list.count} messages, ${list.octets} octets, the largest ${list.largest}`,
        list !== undefined && list.zeros > 0 ? `${list.zeros} with 0 octets` : undefined,
      ],
      (tookMs.STAT ?? 0) + (tookMs.LIST ?? 0),
    ),
  );
  if (uidl !== undefined || refused.UIDL !== undefined) probes.push(uidlProbe(mailbox));
  if (top !== undefined || refused.TOP !== undefined)
    probes.push(
      probe(
        'top',
        'TOP',
        refused.TOP !== undefined ? 'bad' : top !== undefined && top.lines > 0 ? 'warn' : 'ok',
        [
          refused.TOP,
          top === undefined
            ? undefined
            : `${top.header} octets of header, ${top.lines} lines of the body (0 asked for)`,
          agesOf(mailbox),
        ],
        tookMs.TOP,
      ),
    );
  if (retr !== undefined || refused.RETR !== undefined)
    probes.push(
      probe(
        'retr',
        'RETR of one message',
        refused.RETR !== undefined || retr?.listed !== retr?.octets ? 'bad' : 'ok',
        [said(refused.RETR), retr === undefined ? undefined : `${retr.octets} octets, ${retr.listed} listed`],
        tookMs.RETR,
      ),
    );
  else if (broke === undefined && list !== undefined && list.count > 0)
    probes.push(
      probe('retr', 'RETR of one message', 'skipped', [
        'not allowed (--allow-retr): some servers change what they show after it',
      ]),
    );
  if (broke !== undefined)
    probes.push(
      probe('session', 'The session', 'bad', [
        `it ended at ${broke.verb}: ${broke.how}`,
        spoken(broke.heard),
      ]),
    );
  return probes;
}

function uidlProbe({ uidl, refused, list, tookMs }: MailboxFacts): ProbeResult {
  if (uidl === undefined) return probe('uidl', 'Unique-ids', 'bad', [said(refused.UIDL)]);
  const faults = [
    list !== undefined && list.count !== uidl.count ? `LIST has ${list.count}` : undefined,
    uidl.duplicates > 0 ? `${uidl.duplicates} are there twice` : undefined,
    uidl.tooLong > 0 ? `${uidl.tooLong} are longer than 70 characters` : undefined,
    uidl.unfit > 0 ? `${uidl.unfit} hold characters that are not allowed` : undefined,
    uidl.blank > 0 ? `${uidl.blank} are empty` : undefined,
  ].filter((fault) => fault !== undefined);
  return probe(
    'uidl',
    'Unique-ids',
    faults.length > 0 ? 'bad' : 'ok',
    [`${uidl.count} of them`, ...faults],
    tookMs.UIDL,
  );
}

function agesOf({ oldestDays, newestDays }: MailboxFacts): string | undefined {
  if (oldestDays === undefined || newestDays === undefined) return undefined;
  return `by their dates the first is ${oldestDays} days old, the last ${newestDays}`;
}
