import type { Conversation } from './conversation.js';
import { type Hostile, type Manners, NOTHING } from './hostile.js';

type Stop = (c: Conversation) => void;

const close: Stop = (c) => c.end();
const reset: Stop = (c) => c.reset();
const fallSilent: Stop = (c) => c.mute();

/** Stops behind so many octets of the whole session. */
function behind(octets: number, stop: Stop): Manners {
  let left = octets;
  return {
    said(piece, c) {
      const now = piece.subarray(0, left);
      left -= now.length;
      if (now.length === piece.length) return now;
      c.send(now);
      stop(c);
      return NOTHING;
    },
  };
}

/** Stops in place of the answer to the command with this number. */
function atCommand(number: number, stop: Stop): Manners {
  return {
    heard(_line, c) {
      if (c.commands < number) return true;
      stop(c);
      return false;
    },
  };
}

/** Stops in the middle of multi-line replies. */
function inContent(stop: Stop): Manners {
  return {
    said(piece, c) {
      if (!/^(CAPA|LIST|UIDL|RETR|TOP)$/.test(c.verb) || !piece.includes('\r\n.\r\n')) return piece;
      c.send(piece.subarray(0, Math.floor(piece.length / 2)));
      stop(c);
      return NOTHING;
    },
  };
}

const OCTETS = { means: 'octets of the whole session', usual: 100 };
const COMMAND = { means: 'number of the command, from 1', usual: 3 };

export const endings: readonly Hostile[] = [
  { id: 'closes-at-once', title: 'Closes each connection at once', manners: () => ({ accepted: close }) },
  { id: 'resets-at-once', title: 'Resets each connection at once', manners: () => ({ accepted: reset }) },
  {
    id: 'closes-at',
    title: 'Closes the connection behind so many octets of the session',
    parameter: OCTETS,
    manners: (octets) => behind(octets, close),
  },
  {
    id: 'resets-at',
    title: 'Resets the connection behind so many octets of the session',
    parameter: OCTETS,
    manners: (octets) => behind(octets, reset),
  },
  {
    id: 'stops-at',
    title: 'Says nothing more behind so many octets of the session',
    parameter: OCTETS,
    manners: (octets) => behind(octets, fallSilent),
  },
  {
    id: 'closes-at-command',
    title: 'Closes the connection in place of the answer to a command',
    parameter: COMMAND,
    manners: (number) => atCommand(number, close),
  },
  {
    id: 'resets-at-command',
    title: 'Resets the connection in place of the answer to a command',
    parameter: COMMAND,
    manners: (number) => atCommand(number, reset),
  },
  {
    id: 'closes-after-each',
    title: 'Closes the connection behind each answer',
    manners: () => ({
      said(piece, c) {
        if (!c.greeted) return piece;
        c.send(piece);
        c.end();
        return NOTHING;
      },
    }),
  },
  {
    id: 'closes-in-content',
    title: 'Closes the connection in the middle of each multi-line reply',
    manners: () => inContent(close),
  },
  {
    id: 'resets-in-content',
    title: 'Resets the connection in the middle of each multi-line reply',
    manners: () => inContent(reset),
  },
  {
    id: 'stops-in-content',
    title: 'Says nothing more in the middle of each multi-line reply',
    manners: () => inContent(fallSilent),
  },
  {
    id: 'half-closes',
    title: 'Ends its direction behind the greeting and goes on listening',
    manners: () => ({
      said(piece, c) {
        c.send(piece);
        c.end();
        return NOTHING;
      },
    }),
  },
  {
    id: 'never-closes',
    title: 'Leaves the connection open behind QUIT',
    manners: () => ({ ended: fallSilent }),
  },
];
