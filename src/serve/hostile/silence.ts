import type { Conversation } from './conversation.js';
import { type Hostile, type Manners, NOTHING } from './hostile.js';

/** Waiting octets above this stop the listening to the honest server. */
const WAITING_MAX = 64 * 1024;

/** Gives octets out one at a time, `ms` apart. */
export function dripping(ms: number): (octets: Buffer, c: Conversation) => Buffer {
  let waiting = NOTHING;
  let at = 0;
  let running = false;
  const drop = (c: Conversation): void => {
    running = at < waiting.length;
    if (!running) {
      c.hold(false);
      return;
    }
    c.send(waiting.subarray(at, ++at));
    c.later(ms, () => drop(c));
  };
  return (octets, c) => {
    waiting = Buffer.concat([waiting.subarray(at), octets]);
    at = 0;
    if (waiting.length > WAITING_MAX) c.hold(true);
    if (!running) c.later(ms, () => drop(c));
    running = true;
    return NOTHING;
  };
}

/** Everything comes `ms` late, one piece after the other. */
function late(ms: number, which: (c: Conversation) => boolean): Manners {
  return {
    said(octets, c) {
      if (!which(c)) return octets;
      c.hold(true);
      c.later(ms, () => {
        c.send(octets);
        c.hold(false);
      });
      return NOTHING;
    },
  };
}

const SECONDS = { means: 'seconds', usual: 180 };

export const silence: readonly Hostile[] = [
  {
    id: 'silent',
    title: 'Accepts connections and never says anything',
    manners: () => ({ accepted: () => undefined }),
  },
  {
    id: 'silent-after-greeting',
    title: 'Greets, and answers nothing',
    manners: () => ({ heard: () => false }),
  },
  {
    id: 'silent-after-login',
    title: 'Answers nothing any more behind a login',
    manners: () => ({
      said(octets, c) {
        if (c.verb === 'PASS' || c.verb === 'APOP') c.later(0, () => c.mute());
        return octets;
      },
    }),
  },
  {
    id: 'late',
    title: 'Answers, and greets, only after three minutes',
    parameter: SECONDS,
    manners: (seconds) => late(seconds * 1000, () => true),
  },
  {
    id: 'late-login',
    title: 'Answers to logins come only after three minutes',
    parameter: SECONDS,
    manners: (seconds) => late(seconds * 1000, ({ verb }) => /^(PASS|APOP|AUTH)$/.test(verb)),
  },
  {
    id: 'drip',
    title: 'Sends one octet a second',
    parameter: { means: 'milliseconds between two octets', usual: 1000 },
    manners: (ms) => ({ said: dripping(ms) }),
  },
  {
    id: 'drip-content',
    title: 'Sends multi-line replies one octet a second',
    parameter: { means: 'milliseconds between two octets', usual: 1000 },
    manners(ms) {
      const drip = dripping(ms);
      return {
        said: (octets, c) => (/^(CAPA|LIST|UIDL|RETR|TOP)$/.test(c.verb) ? drip(octets, c) : octets),
      };
    },
  },
  {
    id: 'single-octets',
    title: 'Sends each octet in a segment of its own',
    manners: () => ({ said: dripping(0) }),
  },
];
