import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyReader } from '../../src/pop3/body.js';
import { RESPONSE_LINE_READ_MAX } from '../../src/pop3/limits.js';
import { toWire } from '../../src/pop3/stuffing.js';
import { Input } from '../../src/wire/input.js';
import { content, cutAt, cuts } from '../pop3/content.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The next line with its end as it came, or undefined. */
function take(input: Input): string | undefined {
  const line = input.takeLine();
  return line && line.bytes.toString('latin1', line.start, line.end) + (line.crlf ? '\r\n' : '\n');
}

function takeAll(input: Input): string[] {
  const lines: string[] = [];
  for (let line = take(input); line !== undefined; line = take(input)) lines.push(line);
  return lines;
}

describe('lines', () => {
  const wire = '+OK\r\n\r\n\n-ERR x\n\r\r\na\rb\r\n\r\n+OK last\r\nrest\r';
  const lines = ['+OK\r\n', '\r\n', '\n', '-ERR x\n', '\r\r\n', 'a\rb\r\n', '\r\n', '+OK last\r\n'];

  it('come out the same wherever the octets were cut', () => {
    for (let first = 0; first <= wire.length; first++) {
      for (let second = first; second <= wire.length; second++) {
        const input = new Input();
        const found: string[] = [];
        for (const piece of [wire.slice(0, first), wire.slice(first, second), wire.slice(second)]) {
          input.push(bytes(piece));
          found.push(...takeAll(input));
        }
        expect(found).toEqual(lines);
        expect(input.peek().toString()).toBe('rest\r');
      }
    }
  });

  it('come out the same when they are taken late', () => {
    fc.assert(
      fc.property(cuts, fc.array(fc.boolean(), { maxLength: 12 }), (places, taken) => {
        const input = new Input();
        const found: string[] = [];
        for (const [index, piece] of cutAt(bytes(wire), places).entries()) {
          input.push(piece);
          if (taken[index] === true) found.push(take(input) ?? '');
        }
        found.push(...takeAll(input));
        expect(found.filter((line) => line !== '')).toEqual(lines);
      }),
    );
  });

  it('are any octets but LF', () => {
    fc.assert(
      fc.property(fc.array(content), cuts, (contents, places) => {
        const all = Buffer.concat([...contents, bytes('\n')]);
        const input = new Input();
        const found = cutAt(all, places).flatMap((piece) => {
          input.push(piece);
          return takeAll(input);
        });
        expect(found.join('')).toBe(all.toString('latin1'));
        expect(input.length).toBe(0);
      }),
    );
  });

  it('wait for their end', () => {
    const input = new Input();
    expect(take(input)).toBeUndefined();
    input.push(bytes('+OK\r'));
    expect(take(input)).toBeUndefined();
    expect(input.length).toBe(4);
    input.push(bytes('\n'));
    expect(take(input)).toBe('+OK\r\n');
    expect(input.length).toBe(0);
    expect(take(input)).toBeUndefined();
  });
});

describe('limits', () => {
  it('tells when an unfinished line is longer than is read', () => {
    const input = new Input();
    input.push(Buffer.alloc(RESPONSE_LINE_READ_MAX, 'x'));
    expect(input.lineTooLong).toBe(false);
    input.push(bytes('x'));
    expect(input.lineTooLong).toBe(true);
    expect(input.takeLine()).toBeUndefined();
    expect(input.peek()).toHaveLength(RESPONSE_LINE_READ_MAX);
    expect(input.peek(3).toString()).toBe('xxx');
  });

  it('finds the end of a long line that comes in many pieces', () => {
    const input = new Input();
    for (let piece = 0; piece < 1000; piece++) {
      input.push(bytes('x'.repeat(50)));
      expect(input.takeLine()).toBeUndefined();
    }
    input.push(bytes('\r\n+OK\r\n'));
    expect(takeAll(input).map((line) => line.length)).toEqual([50_002, 5]);
  });
});

describe('peek and clear', () => {
  it('do not read, and drop everything', () => {
    const input = new Input();
    input.push(bytes('one\r\ntwo'));
    expect(take(input)).toBe('one\r\n');
    expect(input.peek().toString()).toBe('two');
    expect(input.length).toBe(3);
    expect(input.clear()).toBe(3);
    expect(input.length).toBe(0);
    expect(input.clear()).toBe(0);
    input.push(bytes('three\r\n'));
    expect(take(input)).toBe('three\r\n');
  });
});

describe('lines and contents in turn', () => {
  /** Reads `+OK`, a content, `+OK`, a content, … as they come. */
  function readTurns(pieces: readonly Buffer[], turns: number): string[] {
    const input = new Input();
    const found: string[] = [];
    let reader: BodyReader | undefined;
    for (const piece of pieces) {
      input.push(piece);
      for (let more = true; more && found.length < 2 * turns; ) {
        if (reader === undefined) {
          const line = take(input);
          more = line !== undefined;
          if (line !== undefined) {
            found.push(line);
            reader = new BodyReader(true);
          }
        } else {
          more = input.takeBody(reader);
          if (more) {
            found.push(reader.finish().bytes().toString('latin1'));
            reader = undefined;
          }
        }
      }
    }
    expect(input.length).toBe(0);
    return found;
  }

  it('leave each other exactly what is theirs', () => {
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 5 }), cuts, (contents, places) => {
        const wire = contents.flatMap((one) => [bytes('+OK\r\n'), toWire(one)]);
        const found = readTurns(cutAt(Buffer.concat(wire), places), contents.length);
        const whole = readTurns([Buffer.concat(wire)], contents.length);
        expect(found).toEqual(whole);
        expect(found).toHaveLength(2 * contents.length);
      }),
      { numRuns: 500 },
    );
  });

  it('takeBody asks for more when nothing waits', () => {
    expect(new Input().takeBody(new BodyReader(true))).toBe(false);
  });
});
