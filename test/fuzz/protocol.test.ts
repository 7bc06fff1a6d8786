import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { offeredWays } from '../../src/check/login-ways.js';
import { announces } from '../../src/check/run-case.js';
import { quote } from '../../src/dialogue/quote.js';
import { timestampOf } from '../../src/pop3/apop.js';
import { decodeBase64, encodeBase64 } from '../../src/pop3/base64.js';
import { BodyReader } from '../../src/pop3/body.js';
import { parseReply } from '../../src/pop3/reply.js';
import { decodeCramMd5 } from '../../src/pop3/sasl-cram-md5.js';
import { decodeOauthBearer, decodeXoauth2 } from '../../src/pop3/sasl-oauth.js';
import { decodePlain } from '../../src/pop3/sasl-plain.js';
import {
  parseClientFinal,
  parseClientFirst,
  parseServerFirst,
  serverFirst,
} from '../../src/pop3/sasl-scram.js';
import { saslprep } from '../../src/pop3/saslprep.js';
import { fromWire, stuff, toWire, unstuff } from '../../src/pop3/stuffing.js';
import { printable, safeText } from '../../src/report/escape.js';
import { Input } from '../../src/wire/input.js';
import { Redactor } from '../../src/wire/redactor.js';
import { octets, property } from './property.js';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
/** The text and a choice of places to cut it at, as one text, so that the corpus can hold both. */
const withCuts = fc
  .tuple(octets, fc.array(fc.nat({ max: 200 }), { maxLength: 8 }))
  .map(([text, places]) => `${places.join(',')};${text}`);

function piecesOf(example: string): { whole: Buffer; pieces: Buffer[] } {
  const semicolon = example.indexOf(';');
  const whole = bytesOf(example.slice(semicolon + 1));
  const places = example.slice(0, semicolon).split(',').map(Number);
  const cuts = [...new Set(places)].filter((at) => at > 0 && at < whole.length).sort((a, b) => a - b);
  return {
    whole,
    pieces: [0, ...cuts].map((from, index) => whole.subarray(from, cuts[index] ?? whole.length)),
  };
}

/** Lines and, behind each that begins with +OK, a content: what a reader makes of octets, whatever their pieces. */
function read(pieces: readonly Buffer[], onlyShown: boolean): unknown[] {
  const input = new Input();
  const found: unknown[] = [];
  let body: BodyReader | undefined;
  for (const piece of pieces) {
    input.push(Buffer.from(piece));
    input.settle();
    for (;;) {
      if (body !== undefined) {
        if (!input.takeBody(body)) break;
        const { octets: count, stuffedLines, terminator, raw, end } = body.finish();
        found.push({
          count,
          stuffedLines,
          terminator,
          raw: raw.toString('latin1'),
          end: end.toString('latin1'),
        });
        body = undefined;
        continue;
      }
      const line = input.takeLine();
      if (line === undefined) break;
      const { status, code, text, crlf } = parseReply(line.bytes, line.start, line.end, line.crlf);
      found.push({ status, code, text, crlf });
      if (status === '+OK') body = new BodyReader(true, { most: 1e6, onlyShown });
    }
  }
  const rest = body === undefined ? input.peek().toString('latin1') : body.kept.toString('latin1');
  return [...found, rest, body?.looseEnd()];
}

describe('octets of a server', () => {
  property('lines and contents are the same in whatever pieces they come', withCuts, (example) => {
    const { whole, pieces } = piecesOf(example);
    const single = Array.from(whole, (_, at) => whole.subarray(at, at + 1));
    for (const onlyShown of [false, true]) {
      const expected = read([whole], onlyShown);
      expect(read(pieces, onlyShown)).toEqual(expected);
      expect(read(single, onlyShown)).toEqual(expected);
    }
  });

  property('a status line is read, and nothing of it lost', octets, (text) => {
    const bytes = bytesOf(text.replace(/\n/g, ''));
    const reply = parseReply(bytes, 0, bytes.length, true);
    expect(bytesOf(reply.line).equals(bytes)).toBe(true);
    expect(reply.octets).toBe(bytes.length + 2);
    expect(['+OK', '-ERR', '+', 'other']).toContain(reply.status);
    expect(reply.line.endsWith(reply.text)).toBe(true);
    expect(reply.code).toBe(reply.code.toUpperCase());
  });

  property('stuffing goes there and back', octets, (text) => {
    const bytes = bytesOf(text);
    expect(unstuff(stuff(bytes)).equals(bytes)).toBe(true);
    const back = fromWire(toWire(bytes));
    expect(back?.subarray(0, bytes.length).equals(bytes)).toBe(true);
    expect(`\r\n${stuff(bytes).toString('latin1')}`).not.toContain('\r\n.\r\n');
  });

  property('capabilities and timestamps are read', octets, (text) => {
    const lines = text.split('\r\n');
    for (const wanted of ['STLS', 'SASL PLAIN', 'UTF8'])
      expect(typeof announces(lines, wanted)).toBe('boolean');
    expect(offeredWays(lines, text).length).toBeGreaterThan(0);
    const timestamp = timestampOf(text);
    if (timestamp !== null) expect(text).toContain(timestamp);
  });

  property('messages of SASL are read or refused', octets, (text) => {
    const bytes = bytesOf(text);
    for (const decode of [decodeCramMd5, decodeOauthBearer, decodeXoauth2, decodePlain]) decode(bytes);
    for (const parse of [parseClientFirst, parseClientFinal]) parse(text);
    const first = parseServerFirst(text);
    if (first !== null) expect(parseServerFirst(serverFirst(first))).toMatchObject({ nonce: first.nonce });
    const decoded = decodeBase64(text);
    if (decoded !== null) expect(encodeBase64(decoded)).toBe(text);
    const prepared = saslprep(text);
    if (prepared !== null) expect(saslprep(prepared)).toBe(prepared);
  });
});

describe('what is shown of it', () => {
  property('nothing that acts on a terminal is left', octets, (text) => {
    for (const shown of [printable(text), safeText(text), quote(text)]) {
      expect(shown).not.toMatch(/[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]/);
      expect(safeText(shown, 1e6)).toBe(shown);
    }
  });

  property('a secret is in no text that was masked', octets, (text) => {
    const secret = 'hunter2-Secret+/=';
    const redactor = new Redactor([secret]);
    const forms = [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(secret)];
    for (const form of forms) expect(redactor.mask(`${text} ${form} ${text}`)).not.toContain(form);
  });
});
