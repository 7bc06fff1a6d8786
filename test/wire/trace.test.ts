import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { MASK, Redactor } from '../../src/wire/redactor.js';
import { Trace, type WireEvent } from '../../src/wire/trace.js';

const HEAD = 4096;
const TAIL = 1024;

function traceWith(...secrets: string[]): { trace: Trace; redactor: Redactor } {
  const redactor = new Redactor(secrets);
  return { trace: new Trace(redactor), redactor };
}

function only(trace: Trace): WireEvent {
  const [event, ...more] = trace.events();
  expect(more).toEqual([]);
  if (event === undefined) throw new Error('no event');
  return event;
}

/** Text in which every place can be told from every other. */
function numbered(octets: number): string {
  let text = '';
  for (let line = 0; text.length < octets; line++) text += `${line}\r\n`;
  return text.slice(0, octets);
}

describe('events', () => {
  it('keep their order, connection and kind, and times that do not go back', () => {
    const { trace } = traceWith();
    trace.event('A', 'connect', '127.0.0.1:110');
    trace.received('B', Buffer.from('+OK\r\n'));
    trace.sent('A', Buffer.from('NOOP\r\n'), []);
    trace.event('A', 'close');
    const events = trace.events();
    expect(events.map(({ connection, kind, text }) => [connection, kind, text])).toEqual([
      ['A', 'connect', '127.0.0.1:110'],
      ['B', 'receive', '+OK\r\n'],
      ['A', 'send', 'NOOP\r\n'],
      ['A', 'close', ''],
    ]);
    for (const [index, { atUs }] of events.entries()) {
      expect(Number.isInteger(atUs)).toBe(true);
      expect(atUs).toBeGreaterThanOrEqual(events[index - 1]?.atUs ?? 0);
    }
    expect(events.every(({ omitted, cut }) => omitted === undefined && cut === undefined)).toBe(true);
  });

  it('hold every octet, and not the memory of the socket', () => {
    const { trace } = traceWith();
    const all = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet));
    trace.received('A', all);
    all.fill(0);
    expect(only(trace).text).toBe(String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet)));
  });

  it('are forgotten by reset', () => {
    const { trace } = traceWith();
    for (let count = 0; count < 1000; count++) trace.event('A', 'note', 'x');
    trace.reset();
    expect(trace.events()).toEqual([]);
    expect(trace.next).toBe(0);
    trace.event('A', 'note', 'y');
    expect(only(trace).text).toBe('y');
  });
});

describe('long data', () => {
  it.each([HEAD + TAIL, HEAD + TAIL + 1, HEAD + TAIL + 2, 10_000, 1_000_000])('%i octets', (length) => {
    const { trace } = traceWith();
    const text = numbered(length);
    trace.received('A', Buffer.from(text));
    const event = only(trace);
    if (length <= HEAD + TAIL) {
      expect(event.text).toBe(text);
      expect(event.omitted).toBeUndefined();
      return;
    }
    expect(event.cut).toBe(HEAD);
    expect(event.omitted).toBe(length - HEAD - TAIL);
    expect(event.text).toBe(text.slice(0, HEAD) + text.slice(length - TAIL));
  });

  it.each([4000, 5120, 5121, 5159, 5161, 6000, 100_000])(
    'text and count of what is left out make %i octets with secrets known too',
    (length) => {
      const { trace } = traceWith('a secret of some length');
      trace.received('A', Buffer.from(numbered(length)));
      const { text, omitted = 0, cut } = only(trace);
      expect(text.length + omitted).toBe(length);
      if (cut !== undefined) {
        expect(numbered(length).startsWith(text.slice(0, cut))).toBe(true);
        expect(numbered(length).endsWith(text.slice(cut))).toBe(true);
      } else expect(omitted).toBe(0);
    },
  );

  it('shows no part of a secret at the cuts, wherever it lies', () => {
    const secret = 'QWERTZUIOP';
    const pieces = Array.from({ length: 7 }, (_, at) => secret.slice(at, at + 4));
    for (const near of [HEAD, 20_000 - TAIL]) {
      for (let shift = -45; shift <= 45; shift++) {
        const { trace } = traceWith(secret);
        const text = Buffer.alloc(20_000, '.');
        text.write(secret, near + shift);
        trace.received('A', text);
        const event = only(trace);
        for (const piece of pieces) expect(event.text).not.toContain(piece);
        // A cut may shorten the mask itself.
        expect(event.text.replaceAll('*', '')).toMatch(/^\.*$/);
      }
    }
  });

  it('shows no part of one that was learnt after the data came', () => {
    const secret = 'QWERTZUIOPASDFGHJKLYXCVBNM'.repeat(4);
    const pieces = Array.from({ length: 100 }, (_, at) => secret.slice(at, at + 4));
    for (const near of [HEAD, 20_000 - TAIL]) {
      for (const shift of [-110, -103, -60, -30, -5, 0, 5]) {
        const { trace, redactor } = traceWith('short');
        const text = Buffer.alloc(20_000, '.');
        text.write(secret, near + shift);
        trace.received('A', text);
        redactor.add(secret);
        const event = only(trace);
        for (const piece of pieces) expect(event.text).not.toContain(piece);
      }
    }
  });
});

describe('what we sent', () => {
  it('has its secret spans masked, also those too short to be looked for', () => {
    const { trace } = traceWith();
    trace.sent('A', Buffer.from('PASS a\r\nUSER b\r\n'), [
      [5, 6],
      [13, 14],
    ]);
    expect(only(trace).text).toBe(`PASS ${MASK}\r\nUSER ${MASK}\r\n`);
  });

  it.each([100, 4090, 4100, 10_000, 19_000, 19_990])('has them masked at octet %i of a long one', (at) => {
    for (const known of [[], ['some other secret']]) {
      const { trace } = traceWith(...known);
      const bytes = Buffer.alloc(20_000, '.');
      bytes.write('ab', at);
      trace.sent('A', bytes, [[at, at + 2]]);
      const event = only(trace);
      expect(event.text.replaceAll(MASK, '')).toMatch(/^\.*$/);
      const shown = at < HEAD || at > 20_000 - TAIL;
      expect(event.text.includes(MASK)).toBe(shown);
    }
  });

  it('masks a span that a cut divides', () => {
    const { trace } = traceWith();
    const bytes = Buffer.alloc(20_000, '.');
    bytes.write('x'.repeat(15_900), 4000);
    trace.sent('A', bytes, [[4000, 19_900]]);
    expect(only(trace).text).not.toContain('x');
  });
});

describe('number of events', () => {
  it('stays bounded, with the first and the last kept', () => {
    const { trace } = traceWith();
    for (let count = 0; count < 5000; count++) trace.event('A', 'note', String(count));
    const events = trace.events();
    expect(events.length).toBeLessThanOrEqual(601);
    expect(events[0]?.text).toBe('0');
    expect(events[199]?.text).toBe('199');
    expect(events.at(-1)?.text).toBe('4999');
    const left = /^(\d+) events left out$/.exec(events[200]?.text ?? '');
    expect(Number(left?.[1]) + events.length - 1).toBe(5000);
    expect(Number(events[201]?.text)).toBe(200 + Number(left?.[1]));
  });

  it('leaves out none that is judged, up to a bound', () => {
    const { trace } = traceWith();
    const judged: number[] = [];
    for (let count = 0; count < 5000; count++) {
      trace.event('A', 'note', String(count));
      if (count % 25 === 0) judged.push(trace.judge());
    }
    const events = trace.events();
    expect(trace.judge()).toBe(4999);
    expect(events.length).toBeLessThanOrEqual(600 + 2 * 100);
    const kept = judged.filter((number) => events[trace.position(number)]?.text === String(number));
    expect(kept.slice(0, 100)).toEqual(judged.slice(0, 100));
    expect(kept.length).toBeLessThan(judged.length);
    expect(events[trace.position(1001)]?.text).toMatch(/^\d+ events left out$/);
  });

  it('does not change where a number points to', () => {
    const { trace } = traceWith();
    for (let count = 0; count < 3000; count++) {
      expect(trace.next).toBe(count);
      trace.event('A', 'note', String(count));
      const events = trace.events();
      expect(events[trace.position(count)]?.text).toBe(String(count));
    }
    const events = trace.events();
    for (let count = 0; count < 3000; count++) {
      const found = events[trace.position(count)]?.text ?? '';
      expect(found === String(count) || found.endsWith('events left out')).toBe(true);
    }
  });
});
