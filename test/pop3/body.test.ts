import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Body, BodyReader, type Terminator } from '../../src/pop3/body.js';
import { BODY_KEEP_MAX, BODY_READ_MAX, LISTING_ROWS_MAX } from '../../src/pop3/limits.js';
import { endsALine, stuff, toWire } from '../../src/pop3/stuffing.js';
import { content, cutAt, cuts } from './content.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const NEXT = bytes('+OK next\r\n.\r\n');

/** Feeds the pieces; gives the body and what was left behind it. */
function readPieces(pieces: readonly Buffer[], keep = true): { body: Body; left: Buffer } {
  const reader = new BodyReader(keep);
  for (const [index, piece] of pieces.entries()) {
    const stop = reader.feed(piece, 0);
    if (stop < 0) continue;
    return { body: reader.finish(), left: Buffer.concat([piece.subarray(stop), ...pieces.slice(index + 1)]) };
  }
  throw new Error('the reply did not end');
}

/** The content as a reader of the reply has it: with the line end that the server added. */
function ended(plain: Buffer): Buffer {
  return endsALine(plain) ? plain : Buffer.concat([plain, bytes('\r\n')]);
}

function dottedLines(plain: Buffer): number {
  return `\r\n${plain.toString('latin1')}`.split('\r\n.').length - 1;
}

function expectBody(body: Body, plain: Buffer): void {
  expect(body.octets).toBe(plain.length);
  expect(body.stuffedLines).toBe(dottedLines(plain));
  expect(body.terminator).toBe('CRLF.CRLF');
  expect(body.bytes().equals(plain)).toBe(true);
  expect(body.raw.equals(stuff(plain))).toBe(true);
}

const HARD = [
  '',
  '.',
  '..',
  '.\r',
  '.\r\r\n',
  '..\r\n...\r\n.\r\n',
  '\r\n',
  '\r\n\r\n',
  '\r\r\n.',
  '\r\r\n.\r\n',
  '\n.\n',
  '\n.\r\n',
  '\r.\r',
  'a\r\n.\n.\r\n',
  'a\r\n.\r.\r\n',
  'a\nb\rc\r\n',
  '\r',
  '\n',
  '.\n',
  'Subject: x\r\n\r\n.\r\n..\r\n.x\r\nlast',
  '\x00\xff.\r\n\x80\r\n',
];

describe('a reply that ends with CRLF "." CRLF', () => {
  it.each(HARD)('content %j, cut at every place', (text) => {
    const plain = ended(bytes(text));
    const wire = Buffer.concat([toWire(bytes(text)), NEXT]);
    for (let cut = 0; cut <= wire.length; cut++) {
      const { body, left } = readPieces([wire.subarray(0, cut), wire.subarray(cut)]);
      expectBody(body, plain);
      expect(left.toString('latin1')).toBe(NEXT.toString('latin1'));
    }
  });

  it.each(HARD)('content %j, octet by octet and cut at every two places', (text) => {
    const plain = ended(bytes(text));
    const wire = Buffer.concat([toWire(bytes(text)), NEXT]);
    const octets = Array.from(wire, (_, index) => wire.subarray(index, index + 1));
    expectBody(readPieces(octets).body, plain);
    for (let first = 0; first <= wire.length; first++) {
      for (let second = first; second <= wire.length; second++) {
        const pieces = [wire.subarray(0, first), wire.subarray(first, second), wire.subarray(second)];
        const { body, left } = readPieces(pieces);
        expect([body.octets, body.bytes().toString('latin1'), left.length]).toEqual([
          plain.length,
          plain.toString('latin1'),
          NEXT.length,
        ]);
      }
    }
  });

  it('any content, cut anywhere, gives the same', () => {
    fc.assert(
      fc.property(content, cuts, (text, places) => {
        const plain = ended(text);
        const { body, left } = readPieces(cutAt(Buffer.concat([toWire(text), NEXT]), places));
        expectBody(body, plain);
        expect(left.equals(NEXT)).toBe(true);
        const lines = plain.toString('latin1').split('\n');
        expect(body.rows()).toEqual(lines.slice(0, -1).map((line) => line.replace(/\r$/, '')));
        expect(body.bareLineFeeds).toBe(
          plain.filter((octet, at) => octet === 10 && plain[at - 1] !== 13).length,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('counts the same when nothing is kept', () => {
    fc.assert(
      fc.property(content, cuts, (text, places) => {
        const pieces = cutAt(Buffer.concat([toWire(text), NEXT]), places);
        const kept = readPieces(pieces).body;
        const counted = readPieces(pieces, false).body;
        expect([counted.octets, counted.stuffedLines, counted.terminator]).toEqual([
          kept.octets,
          kept.stuffedLines,
          kept.terminator,
        ]);
        expect(counted.raw).toHaveLength(0);
      }),
    );
  });

  it('begins in the middle of a piece', () => {
    const reader = new BodyReader(true);
    const chunk = bytes('+OK\r\n.\r\n+OK\r\n');
    expect(reader.feed(chunk, 5)).toBe(8);
    expect(reader.finish()).toMatchObject({ octets: 0, stuffedLines: 0 });
  });

  it('does not hold on to the memory of the socket', () => {
    const chunk = bytes('text\r\n.\r\n');
    const reader = new BodyReader(true);
    reader.feed(chunk, 0);
    chunk.fill(0x58);
    expect(reader.finish().bytes().toString()).toBe('text\r\n');
  });

  it('takes one dot off lines that the server sent with a single one', () => {
    const { body } = readPieces([bytes('.x\r\n..y\r\nz\r\n.\r\n')]);
    expect(body.rows()).toEqual(['x', '.y', 'z']);
    expect(body).toMatchObject({ octets: 10, stuffedLines: 2 });
  });
});

describe('a reply that ends in another way', () => {
  const LOOSE: readonly (readonly [wire: string, terminator: Terminator, plain: string])[] = [
    ['.', 'CRLF.', ''],
    ['.\r', 'CRLF.CR', ''],
    ['.\n', 'CRLF.LF', ''],
    ['\n.\n', 'LF.LF', '\n'],
    ['\n.\r\n', 'LF.CRLF', '\n'],
    ['\r\n.', 'CRLF.', '\r\n'],
    ['a\r\n.', 'CRLF.', 'a\r\n'],
    ['a\r\n.\r', 'CRLF.CR', 'a\r\n'],
    ['a\r\n.\n', 'CRLF.LF', 'a\r\n'],
    ['a\n.\n', 'LF.LF', 'a\n'],
    ['a\n.\r\n', 'LF.CRLF', 'a\n'],
    [
      '..x\r\na long first line of many octets\r\n.\n',
      'CRLF.LF',
      '.x\r\na long first line of many octets\r\n',
    ],
    ['..x\na long first line of many octets\n.\n', 'LF.LF', '.x\na long first line of many octets\n'],
    ['..\r\n..\r\n.\r', 'CRLF.CR', '.\r\n.\r\n'],
    ['..\r\n..\r\n.', 'CRLF.', '.\r\n.\r\n'],
    ['..\r\n..\n.\r\n', 'LF.CRLF', '.\r\n.\n'],
  ];

  it.each(LOOSE)('%j is %s', (wire, terminator, plain) => {
    for (const keep of [true, false]) {
      for (let cut = 0; cut <= wire.length; cut++) {
        const reader = new BodyReader(keep);
        expect(reader.feed(bytes(wire.slice(0, cut)), 0)).toBe(-1);
        expect(reader.feed(bytes(wire.slice(cut)), 0)).toBe(-1);
        expect(reader.looseEnd()).toBe(terminator);
        const body = reader.finishLoosely(terminator);
        expect(body.octets).toBe(plain.length);
        expect(body.stuffedLines).toBe(dottedLines(bytes(plain)));
        if (keep) expect(body.bytes().toString('latin1')).toBe(plain);
      }
    }
  });

  it.each([
    '',
    'a',
    'a.',
    'a.\r',
    'a.\n',
    'a.\r\n',
    '..',
    '..\n',
    '..\r',
    'a\r\n',
    'a\r\n..',
    'a\r\n..\n',
    '\r.',
    '\r.\r',
    'a\r.\n',
    '\n.x',
    'a\n.',
    'a\n.\r',
    '\r\n. \n',
    '\n. \r\n',
    '.\r\r',
    '.\rx\n',
  ])('%j looks like no end', (wire) => {
    for (let cut = 0; cut <= wire.length; cut++) {
      const reader = new BodyReader(true);
      reader.feed(bytes(wire.slice(0, cut)), 0);
      reader.feed(bytes(wire.slice(cut)), 0);
      expect(reader.looseEnd()).toBeUndefined();
    }
  });

  it('goes on behind what looked like an end', () => {
    const reader = new BodyReader(true);
    for (const wire of ['a\n.\n', '\r\n.', '\n', 'b\r\n.\r']) {
      expect(reader.feed(bytes(wire), 0)).toBe(-1);
      expect(reader.looseEnd()).toBeDefined();
      expect(reader.looseEnd()).toBeDefined();
      if (wire === '\n') reader.feed(bytes('not the end'), 0);
      expect(reader.looseEnd() === undefined).toBe(wire === '\n');
    }
    expect(reader.feed(bytes('\n+OK'), 0)).toBe(1);
    expect(reader.finish().raw.toString()).toBe('a\n.\n\r\n.\nnot the endb\r\n');
  });
});

describe('limits', () => {
  it('keeps at most BODY_KEEP_MAX octets and then says so', () => {
    const reader = new BodyReader(true);
    const chunk = Buffer.alloc(8 * 1024 * 1024, 'x');
    for (let fed = 0; fed < BODY_KEEP_MAX; fed += chunk.length) reader.feed(chunk, 0);
    expect(reader.overflow).toBeUndefined();
    reader.feed(bytes('x'), 0);
    expect(reader.overflow).toBe('kept');
  });

  it('counts on where nothing is kept, up to BODY_READ_MAX', () => {
    const reader = new BodyReader(false);
    const chunk = Buffer.alloc(64 * 1024 * 1024, 'x');
    for (let fed = 0; fed < BODY_READ_MAX; fed += chunk.length) reader.feed(chunk, 0);
    expect(reader.octetsRead).toBe(BODY_READ_MAX);
    expect(reader.overflow).toBeUndefined();
    reader.feed(bytes('x'), 0);
    expect(reader.overflow).toBe('read');
  });

  it('gives out at most LISTING_ROWS_MAX rows', () => {
    const reader = new BodyReader(true);
    reader.feed(bytes(`${'\r\n'.repeat(LISTING_ROWS_MAX)}x\r\ny\r\n.\r\n`), 0);
    const body = reader.finish();
    expect(body.octets).toBe(2 * LISTING_ROWS_MAX + 6);
    expect(body.rows()).toHaveLength(LISTING_ROWS_MAX);
    const exact = new BodyReader(true);
    exact.feed(bytes(`${'x\r\n'.repeat(LISTING_ROWS_MAX)}.\r\n`), 0);
    expect(exact.finish().rows()).toHaveLength(LISTING_ROWS_MAX);
  });
});
