import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Conversation } from './conversation.js';
import { type Hostile, NOTHING } from './hostile.js';
import { again } from './pour.js';
import { dripping } from './silence.js';

const RECORD_HEAD = 5;

/** Lets whole TLS records through (RFC 8446 §5.1) until `most` of them have passed, then calls `stop`. */
function records(most: number, stop: () => void): (octets: Buffer) => Buffer {
  let waiting = NOTHING;
  let passed = 0;
  return (octets) => {
    waiting = Buffer.concat([waiting, octets]);
    let end = 0;
    while (passed < most && waiting.length - end >= RECORD_HEAD) {
      const next = end + RECORD_HEAD + waiting.readUInt16BE(end + 3);
      if (next > waiting.length) break;
      end = next;
      passed++;
    }
    const now = waiting.subarray(0, end);
    waiting = waiting.subarray(end);
    if (passed === most) setImmediate(stop);
    return now;
  };
}

/** Does something behind so many records of the server's part of the handshake. */
function afterRecords(id: string, what: string, stop: (c: Conversation) => void): Hostile {
  return {
    id,
    title: `${what} behind so many TLS records of its handshake`,
    parameter: { means: 'records', usual: 1 },
    manners: (most) => ({
      handshake: (c) => (most === 0 ? stop(c) : c.tunnel(records(most, () => stop(c)))),
    }),
  };
}

/** Under TLS, `act` is done beneath it behind each answer. */
function beneath(id: string, title: string, act: (raw: Socket) => void): Hostile {
  return {
    id,
    title,
    manners() {
      let secure = false;
      return {
        handshake: (c) => c.shakeHands(undefined, () => (secure = true)),
        said(piece, c) {
          if (secure && c.greeted) c.later(0, () => act(c.raw));
          return piece;
        },
      };
    },
  };
}

/** Octets that are the same each time and look like none. */
const GARBAGE = Buffer.concat(
  Array.from({ length: 32 }, (_, n) => createHash('sha512').update(`garbage ${n}`).digest()),
);

export const handshakes: readonly Hostile[] = [
  {
    id: 'tls-silent',
    title: 'Says nothing where TLS begins, be it behind STLS or on the port of TLS',
    manners: () => ({ handshake: () => undefined }),
  },
  afterRecords('tls-stalls', 'Says nothing more', (c) => c.mute()),
  afterRecords('tls-closes', 'Closes the connection', (c) => c.end()),
  afterRecords('tls-resets', 'Resets the connection', (c) => c.reset()),
  {
    id: 'tls-drip',
    title: 'Sends its part of the TLS handshake one octet a second',
    parameter: { means: 'milliseconds between two octets', usual: 1000 },
    manners: (ms) => ({
      handshake(c) {
        const drip = dripping(ms);
        c.tunnel((octets) => drip(octets, c));
      },
    }),
  },
  {
    id: 'tls-garbage',
    title: 'Sends garbage in place of a TLS handshake',
    manners: () => ({ handshake: (c) => c.send(GARBAGE) }),
  },
  {
    id: 'tls-garbage-endless',
    title: 'Sends handshake records of garbage without an end in place of a TLS handshake',
    manners: () => ({
      handshake: (c) => c.pour(again(`\x16\x03\x03\x40\x00${'\x02'.repeat(0x4000)}`)),
    }),
  },
  {
    id: 'tls-alerts',
    title: 'Sends warnings without an end in place of a TLS handshake',
    manners: () => ({ handshake: (c) => c.pour(again('\x15\x03\x03\x00\x02\x01\x5a')) }),
  },
  {
    id: 'tls-huge-record',
    title: 'Begins a TLS record that is longer than any may be, and goes on without an end',
    manners: () => ({
      handshake(c) {
        c.send('\x16\x03\x03\xff\xff');
        c.pour(again('\x02'));
      },
    }),
  },
  {
    id: 'tls-flipped',
    title: 'One octet of its TLS handshake is another one',
    parameter: { means: 'index of the octet', usual: 60 },
    manners: (index) => ({
      handshake(c) {
        let at = index;
        c.tunnel((octets) => {
          const flipped = Buffer.from(octets);
          if (at >= 0 && at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ 0x55;
          at -= octets.length;
          return flipped;
        });
      },
    }),
  },
  {
    id: 'stls-in-clear',
    title: 'Accepts STLS and goes on in clear',
    manners: () => ({
      handshake: (c) => c.later(0, () => c.send('+OK in clear\r\n')),
    }),
  },
  {
    id: 'tls-renegotiates',
    title: 'Asks for a new handshake behind each answer under TLS 1.2',
    manners() {
      let secure: TLSSocket | undefined;
      return {
        handshake: (c) => c.shakeHands('TLSv1.2', (tls) => (secure = tls as TLSSocket)),
        said(piece, c) {
          if (c.greeted) c.later(0, () => secure?.renegotiate({}, () => undefined));
          return piece;
        },
      };
    },
  },
  {
    id: 'tls-no-close-alert',
    title: 'Ends TLS connections without a close alert',
    manners: () => ({
      handshake: (c) => c.shakeHands(),
      ended: (c) => c.later(0, () => c.raw.destroy()),
    }),
  },
  beneath('tls-garbage-later', 'Sends garbage beneath TLS behind each answer', (raw) => raw.write(GARBAGE)),
  beneath('tls-cut', 'Sends half a TLS record behind each answer and closes', (raw) =>
    raw.end('\x17\x03\x03\x40\x00half', 'latin1'),
  ),
];
