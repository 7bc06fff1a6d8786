import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsALine, fromWire, stuff, toWire, unstuff } from '../../src/pop3/stuffing.js';
import { content } from './content.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('stuff and unstuff', () => {
  it.each([
    ['', ''],
    ['.', '..'],
    ['..', '...'],
    ['.\r\n', '..\r\n'],
    ['a\r\n.\r\n', 'a\r\n..\r\n'],
    ['.\r\n.\r\n.', '..\r\n..\r\n..'],
    ['a.b\r\nc.', 'a.b\r\nc.'],
    // A line begins behind CRLF, not behind a lone CR or LF (RFC 5322 §2.1).
    ['a\n.b', 'a\n.b'],
    ['a\r.b', 'a\r.b'],
    ['\r\r\n.', '\r\r\n..'],
    ['\r\n\r\n..\r\n', '\r\n\r\n...\r\n'],
  ])('%j is sent as %j', (plain, stuffed) => {
    expect(stuff(bytes(plain)).toString('latin1')).toBe(stuffed);
    expect(unstuff(bytes(stuffed)).toString('latin1')).toBe(plain);
  });

  it('are inverse to each other', () => {
    fc.assert(fc.property(content, (plain) => unstuff(stuff(plain)).equals(plain)));
  });

  it('leave no line that is a lone dot', () => {
    fc.assert(
      fc.property(content, (plain) => !`\r\n${stuff(plain).toString('latin1')}`.includes('\r\n.\r\n')),
    );
  });

  it('take plain arrays of octets', () => {
    expect(stuff(new Uint8Array([0x2e, 0x0d, 0x0a])).toString()).toBe('..\r\n');
    expect(unstuff(new Uint8Array([0, 0x2e, 0x2e]).subarray(1)).toString()).toBe('.');
  });
});

describe('toWire and fromWire', () => {
  it('ends the last line where the content does not', () => {
    expect(toWire(bytes('a')).toString()).toBe('a\r\n.\r\n');
    expect(toWire(bytes('a\r\n')).toString()).toBe('a\r\n.\r\n');
    expect(toWire(bytes('a\n')).toString()).toBe('a\n\r\n.\r\n');
    expect(toWire(bytes('')).toString()).toBe('.\r\n');
    expect(toWire(bytes('.')).toString()).toBe('..\r\n.\r\n');
  });

  it('gives back the content, with the line end that was added', () => {
    fc.assert(
      fc.property(content, (plain) => {
        const ended = endsALine(plain) ? plain : Buffer.concat([plain, bytes('\r\n')]);
        return fromWire(toWire(plain))?.equals(ended) === true;
      }),
    );
  });

  it.each(['', '.', '.\r', '.\n', 'a.\r\n', 'a\n.\r\n', 'a\r.\r\n', '\r\n'])('%j is not complete', (wire) => {
    expect(fromWire(bytes(wire))).toBeNull();
  });
});
