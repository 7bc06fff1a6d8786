import { expect, it } from 'vitest';
import { until } from '../wire/scripted-server.js';
import { expectPass, onlyFinding, says, talk } from './support.js';

const OK = says({ NOOP: '+OK\r\n', STAT: '+OK 2 320\r\n', '': '+OK empty\r\n' });

/** What the server received, once it has received all. */
async function sent(text: string, values = {}, variables = {}): Promise<string> {
  const one = await talk(`${text}\nC half-close\nS close`, {}, { values, variables });
  expectPass(one);
  return one.server.received[0] ?? '';
}

it.each([
  ['C: RETR 1', 'RETR 1\r\n'],
  ['C: NOOP   ', 'NOOP   \r\n'],
  ['C:', '\r\n'],
  ['C: ', '\r\n'],
  ['C:  leading', ' leading\r\n'],
  ['C: # no comment', '# no comment\r\n'],
  ['C: TOP 1 0 # sent too', 'TOP 1 0 # sent too\r\n'],
  ['C: a\\r\\n "b" => warn "x"', 'a\\r\\n "b" => warn "x"\r\n'],
  ['C: USER {user}', 'USER joe\r\n'],
  ['C: RETR {n} {n + 1}', 'RETR 7 8\r\n'],
  ['C: {"{"}{user}{"}"}', '{joe}\r\n'],
  ['C: {user + "}" + user}', 'joe}joe\r\n'],
  ['C: {s}', 'j\xc3\xb6e\r\n'],
  ['C: XT\u00d6', 'XT\xc3\x96\r\n'],
  ['C: {true} {1.5} {n > 3 ? "a" : "b"}', 'true 1.5 a\r\n'],
  ['C: {file("headers-only.eml")}', /^[A-Z][\w-]+: /],
  ['A C: NOOP', 'NOOP\r\n'],
  ['C= "NOOP\\r\\nSTAT\\r\\n"', 'NOOP\r\nSTAT\r\n'],
  ['C= "\\r \\n \\t \\0 \\\\ \\" \\{ \\} \\x00\\xfF\\x41"', '\r \n \t \0 \\ " { } \x00\xffA'],
  ['C= "{user}:{n}\\r\\n"', 'joe:7\r\n'],
  ['C= "a" "b"  "c"', 'abc'],
  ['C= "ab" * 3 "c" * 0 "{n}" * 2 "\\r\\n"', 'ababab77\r\n'],
  ['C= "" "x"', 'x'],
  ['C= "\u00f6"', '\xc3\xb6'],
])('%j sends %j', async (line, octets) => {
  const values = { n: 7n, s: 'j\u00f6e' };
  const received = await sent(line, values, { n: 'int', s: 'string' });
  if (typeof octets === 'string') expect(received).toBe(octets);
  else expect(received).toMatch(octets);
});

it('generated data arrives whole', async () => {
  const received = await sent('C= "NOOP " "xy" * 100000 "\\r\\n"');
  expect(received).toHaveLength(200_007);
  expect(received).toBe(`NOOP ${'xy'.repeat(100_000)}\r\n`);
});

it('C= goes out in one segment, a pause divides it', async () => {
  const chunks: string[] = [];
  const one = await talk('C= "NO" "OP\\r\\n"\nS: +OK\nC= "NO" pause 40ms "OP" pause 40ms "\\r\\n"\nS: +OK', {
    ...OK,
    answer: (line) => {
      chunks.push(line);
      return OK.answer?.(line, { connection: 0, line: 0 });
    },
  });
  expectPass(one);
  expect(chunks).toEqual(['NOOP', 'NOOP', 'QUIT']);
  const sends = one.trace.filter(({ kind }) => kind === 'send').map(({ text }) => text);
  expect(sends).toEqual(['NOOP\r\n', 'NO', 'OP', '\r\n', 'QUIT\r\n']);
  const [, first, second, third] = one.trace.filter(({ kind }) => kind === 'send').map(({ atUs }) => atUs);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(39_000);
  expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(39_000);
});

it('lines without an S: between them are pipelined: none waits', async () => {
  const one = await talk('C: NOOP\nC: STAT\nC: NOOP\nS: +OK\nS: +OK {n:int} {m:int}\nS: +OK\ncheck n == 2', {
    answer: (line, { line: index }) => {
      // Nothing is answered before all three have come.
      if (line === 'QUIT') return 'FIN';
      return index < 2 ? undefined : ['+OK\r\n', '+OK 2 320\r\n', '+OK\r\n'];
    },
  });
  expectPass(one);
  expect(one.heard).toEqual(['NOOP', 'STAT', 'NOOP', 'QUIT']);
});

it('answers to pipelined commands go by their order, contents between them', async () => {
  const one = await talk(
    'C: RETR 1\nC: RETR 2\nC: NOOP\nS: +OK\nS> {a}\nS: +OK\nS> {b}\nS: +OK\ncheck text(bytes(a)) + text(bytes(b)) == "one\\r\\n.\\r\\n"',
    says({ 'RETR 1': '+OK\r\none\r\n.\r\n', 'RETR 2': '+OK\r\n..\r\n.\r\n', NOOP: '+OK\r\n' }),
  );
  expectPass(one);
});

it('an empty line is a command that is answered', async () => {
  expectPass(await talk('C:\nS: +OK empty', OK));
});

it('the text of a server stands in a command as it came', async () => {
  const one = await talk(
    'C: LIST\nS: +OK {what:text}\nC: {what}\nS: -ERR',
    says({ LIST: '+OK {user} "$&"\r\n' }),
  );
  expectPass(one);
  expect(one.heard[1]).toBe('{user} "$&"');
});

it('a connection that is not there is an error of the dialogue', async () => {
  for (const line of ['B C: NOOP', 'B S: +OK', 'B C tls', 'B S close']) {
    const finding = onlyFinding(await talk(line, OK));
    expect(finding).toMatchObject({
      verdict: 'error',
      cause: 'statement',
      actual: 'connection B was never opened',
      place: 'd.yaml:1',
      source: line,
    });
  }
});

it('what is sent on a closed connection is not said to be sent', async () => {
  const one = await talk('pause 50ms\nC: NOOP\nS: +OK', { greeting: ['+OK\r\n', 'FIN'] });
  expect(onlyFinding(one)).toMatchObject({ verdict: 'fail', cause: 'close' });
  expect(one.trace.map(({ kind }) => kind)).not.toContain('send');
  await until(() => one.server.endings[0] !== undefined);
  expect(one.server.received[0]).toBe('');
});
