import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { Session } from '../../src/dialogue/session.js';
import type { SessionResult } from '../../src/dialogue/session-types.js';
import { toWire } from '../../src/pop3/stuffing.js';
import { content, cutAt, cuts } from '../pop3/content.js';
import { connectTo, playEvents, type Wire } from './scripted-connection.js';
import { compile, sessionOptions } from './support.js';

vi.mock('../../src/wire/connection.js', async () => ({
  Connection: (await import('./scripted-connection.js')).ScriptedConnection,
}));

/** One command with what the dialogue expects and what the server answers. */
interface Exchange {
  readonly expects: (index: number) => string;
  readonly answer: Buffer;
}

/** What a dialogue leaves behind, without times. */
function outcome(groups: readonly (readonly Exchange[])[], wire: Pick<Wire, 'cut' | 'closesAfter'>): unknown {
  const all = groups.flat();
  let asked = 0;
  const bodies: string[] = [];
  const replies: string[] = [];
  let commands = 0;
  const text = groups.map((group, index) => {
    const first = groups.slice(0, index).flat().length;
    const sends = group.map((_, at) => `C: CMD ${first + at}`);
    return [...sends, ...group.map((one, at) => one.expects(first + at))].join('\n');
  });
  connectTo({
    ...wire,
    answer(sent) {
      if (sent === '') return Buffer.from('+OK greeting <1@x>\r\n');
      const lines = sent.split('\r\n').slice(0, -1);
      return Buffer.concat(
        lines.map((line) =>
          line.startsWith('CMD') ? (all[asked++] as Exchange).answer : Buffer.from('+OK\r\n'),
        ),
      );
    },
  });
  const program = compile(text.join('\n'), { prologue: ['hello'] });
  const hooks = {
    reply: (reply: { line: string; crlf: boolean }) => replies.push(`${reply.line} ${reply.crlf}`),
    body: (body: { bytes(): Buffer }) => bodies.push(body.bytes().toString('latin1')),
    command: () => commands++,
  };
  let result: SessionResult | undefined;
  const session = new Session(sessionOptions(program, 1, { hooks, keepBodies: true }), (ended) => {
    result = ended;
  });
  session.start();
  playEvents();
  // Where the server said too little, as in place of a content.
  session.interrupt('all octets have come');
  playEvents();
  if (result === undefined) throw new Error('the session did not end');
  const trace = session.trace.events().map(({ atUs: _, ...event }) => event);
  session.destroy();
  const findings = result.findings.map(({ waitedMs: _, ...finding }) => finding);
  const values = Object.entries(result.values).filter(
    ([, value]) => typeof value !== 'object' || Array.isArray(value),
  );
  return {
    findings,
    finished: result.finished,
    values: values.map(String),
    trace,
    bodies,
    replies,
    commands,
  };
}

const WHOLE = (bytes: Buffer): Buffer[] => [bytes];
const OCTETS = (bytes: Buffer): Buffer[] => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
const NEVER = Number.MAX_SAFE_INTEGER;

const line = (text: string): Buffer => Buffer.from(`${text}\r\n`, 'latin1');
const word = fc
  .string({ minLength: 1, maxLength: 6 })
  .map((text) => text.replace(/[^!-z]/g, 'x').replace(/[{}]/g, 'y'));
const status = fc.constantFrom('+OK', '+OK', '+OK', '-ERR', '+ok', '+', '');

const exchange: fc.Arbitrary<Exchange> = fc.oneof(
  fc.record({
    answer: fc
      .tuple(status, word, fc.constantFrom('\r\n', '\n', '\r\r\n'))
      .map(([one, text, end]) => Buffer.from(`${one} ${text}${end}`)),
    expects: fc.constantFrom(
      (index: number) =>
        `S: +OK {line${index}:text}\n| S: -ERR {error${index}:text} => info "{error${index}}"`,
      (index: number) =>
        `S: +OK {line${index}:word} ...\n| S: -ERR => warn\n| S: +\n| S close => info "closed"`,
      () => 'S: +OK\n  info "{reply.line}"\n| S: -ERR\n    note reply.crlf',
    ),
  }),
  content.map((text) => ({
    answer: Buffer.concat([line('+OK'), toWire(text)]),
    expects: (index: number) =>
      `S: +OK\nS> {body${index}}\nlet text${index} = text(bytes(body${index}))\nnote octets(body${index}) == 0`,
  })),
  fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat().map(String), word)), { maxLength: 6 }).map((rows) => ({
    answer: Buffer.concat([
      line('+OK'),
      toWire(Buffer.from(rows.map(([n, size]) => `${n} ${size}\r\n`).join(''))),
    ]),
    expects: (index: number) =>
      `S: +OK\nS> {number${index}:int} {size${index}:int}\n| S> {rows${index}} => warn "{rows(rows${index})}"`,
  })),
);

const groups = fc.array(fc.array(exchange, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });

it('a dialogue gives the same, however its octets are cut', () => {
  fc.assert(
    fc.property(groups, fc.array(cuts, { minLength: 1 }), (all, places) => {
      let turn = 0;
      const cut = (bytes: Buffer): Buffer[] => cutAt(bytes, places[turn++ % places.length] ?? []);
      const whole = outcome(all, { cut: WHOLE, closesAfter: NEVER });
      expect(outcome(all, { cut, closesAfter: NEVER })).toEqual(whole);
      expect(outcome(all, { cut: OCTETS, closesAfter: NEVER })).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

it('so does one whose server closes the connection anywhere', () => {
  fc.assert(
    fc.property(
      groups,
      fc.array(cuts, { minLength: 1 }),
      fc.nat({ max: 300 }),
      (all, places, closesAfter) => {
        let turn = 0;
        const cut = (bytes: Buffer): Buffer[] => cutAt(bytes, places[turn++ % places.length] ?? []);
        const whole = outcome(all, { cut: WHOLE, closesAfter });
        expect(outcome(all, { cut, closesAfter })).toEqual(whole);
        expect(outcome(all, { cut: OCTETS, closesAfter })).toEqual(whole);
      },
    ),
    { numRuns: 300 },
  );
});

it('a session of every kind of answer, cut at each octet and at each two', () => {
  const all: Exchange[][] = [
    [{ answer: line('+OK 2 320'), expects: () => 'S: +OK {n:int} {m:int}' }],
    [
      { answer: Buffer.from('+OK\r\n..\r\n.x\r\n\r\n.\r\n'), expects: () => 'S: +OK\nS> {a}' },
      {
        answer: Buffer.from('+OK\r\n1 5\r\n2 7\r\n.\r\n'),
        expects: () => 'S: +OK\nS> {number:int} {size:int}',
      },
      { answer: line('-ERR [IN-USE] no'), expects: () => 'S: -ERR [IN-USE] => info "{reply.text}"' },
    ],
    [
      {
        answer: line('+OK'),
        expects: () => 'S= "+OK\\r\\n"\ncheck n == 2 && size == [5, 7] && octets(a) == 8',
      },
    ],
  ];
  const whole = outcome(all, { cut: WHOLE, closesAfter: NEVER });
  expect(whole).toMatchObject({
    findings: [{ verdict: 'info', reason: '[IN-USE] no' }],
    finished: true,
    commands: 5,
  });
  for (let first = 0; first < 70; first++) {
    for (let second = first; second < 70; second += 3) {
      const cut = (bytes: Buffer): Buffer[] => [
        bytes.subarray(0, first),
        bytes.subarray(first, second),
        bytes.subarray(second),
      ];
      expect(outcome(all, { cut, closesAfter: NEVER })).toEqual(whole);
    }
  }
});
