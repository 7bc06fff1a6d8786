import { describe, expect, it } from 'vitest';
import type { SessionHooks } from '../../src/dialogue/session-types.js';
import { certificateOf } from '../../src/serve/certificate.js';
import type { Script } from '../wire/scripted-server.js';
import { says, type TalkOptions, talk } from './support.js';

interface Noted {
  readonly commands: string[];
  /** First octet and total of each command, in microseconds. */
  readonly latencies: (readonly [number, number])[];
  readonly phases: string[];
  readonly checked: boolean[];
  readonly replies: string[];
  readonly bodies: string[];
}

async function noted(text: string, script: Script, options: TalkOptions = {}): Promise<Noted> {
  const all: Noted = { commands: [], latencies: [], phases: [], checked: [], replies: [], bodies: [] };
  const hooks: SessionHooks = {
    command(verb, ok, firstOctetUs, totalUs) {
      all.commands.push(`${verb} ${ok}`);
      all.latencies.push([firstOctetUs, totalUs]);
    },
    phase(name, ok, totalUs) {
      expect(totalUs).toBeGreaterThanOrEqual(0);
      all.phases.push(`${name} ${ok}`);
    },
    checked: (holds) => all.checked.push(holds),
    reply: (reply) => all.replies.push(`${reply.verb} ${reply.status}`),
    body: (body) => all.bodies.push(`${body.verb} ${body.octets}`),
  };
  await talk(text, script, { hooks, ...options });
  return all;
}

const SCRIPT = says({
  STAT: '+OK 1 5\r\n',
  stat: '-ERR no\r\n',
  RETR: '+OK\r\nabc\r\n.\r\n',
  SLOW: [{ pauseMs: 60 }, '+OK\r\n', { pauseMs: 60 }, 'x\r\n', { pauseMs: 60 }, '.\r\n'],
  AUTH: '+ \r\n',
  ABC: '+OK\r\n',
  USER: '+OK\r\n',
  PASS: '+OK\r\n',
});

describe('commands', () => {
  it('are counted once each, with their verb and whether they were agreed to', async () => {
    const { commands, replies } = await noted(
      'C: STAT\nS: +OK\nC: stat\nS: -ERR\nC: TOP 1 0\nS: -ERR\nC:\nS: -ERR',
      SCRIPT,
    );
    expect(commands).toEqual(['STAT true', 'STAT false', 'TOP false']);
    expect(replies).toEqual([' +OK', 'STAT +OK', 'STAT -ERR', 'TOP -ERR', ' -ERR']);
  });

  it('with a content end with it', async () => {
    const { commands, bodies, latencies } = await noted(
      'C: RETR 1\nS: +OK\nS> {a}\nC: SLOW\nS: +OK\nS> {b}',
      SCRIPT,
    );
    expect(commands).toEqual(['RETR true', 'SLOW true']);
    expect(bodies).toEqual(['RETR 5', 'SLOW 3']);
    const [first = 0, total = 0] = latencies[1] ?? [];
    expect(first).toBeGreaterThanOrEqual(59_000);
    expect(total - first).toBeGreaterThanOrEqual(118_000);
  });

  it('pipelined are matched with their answers in order', async () => {
    const { commands, replies } = await noted(
      'C: RETR 1\nC: STAT\nC: NOOP\nS: +OK\nS> {a}\nS: +OK\nS: -ERR',
      SCRIPT,
    );
    expect(commands).toEqual(['RETR true', 'STAT true', 'NOOP false']);
    expect(replies.slice(1)).toEqual(['RETR +OK', 'STAT +OK', 'NOOP -ERR']);
  });

  it('in one write and in segments', async () => {
    const { commands } = await noted(
      'C= "STAT\\r\\nNOOP\\r\\n"\nS: +OK\nS: -ERR\nC= "ST" pause 5ms "AT\\r\\n"\nS: +OK',
      SCRIPT,
    );
    expect(commands).toEqual(['STAT true', 'NOOP false', 'STAT true']);
  });

  it('of a SASL exchange are AUTH; secrets and the farewell are none', async () => {
    const { commands, replies } = await noted(
      'C: AUTH PLAIN\nS: +\nC: ABC\nS: +OK\nC: {secret("SECRETVERB")}\nS: -ERR',
      SCRIPT,
    );
    expect(commands).toEqual(['AUTH true', 'AUTH true']);
    expect(replies.at(-1)).toBe(' -ERR');
  });

  it('that were never answered are not counted', async () => {
    const script = says({ NEVER: undefined, HALF: '+OK\r\nabc' });
    expect((await noted('C: NEVER\nS: +OK', script, { timeoutMs: 40 })).commands).toEqual([]);
    expect((await noted('C: HALF\nS: +OK\nS> {a}', script, { timeoutMs: 40 })).commands).toEqual([]);
  });

  it('that were answered in another way are counted as answered', async () => {
    expect((await noted('C: NOOP\nS: +OK', SCRIPT)).commands).toEqual(['NOOP false']);
  });
});

describe('phases', () => {
  it('connect and greeting come by themselves, others are named', async () => {
    const { phases } = await noted(
      'phase outer\n  C: STAT\n  S: +OK\n  phase inner\n    C: STAT\n    S: +OK',
      SCRIPT,
    );
    expect(phases).toEqual(['connect true', 'greeting true', 'inner true', 'outer true']);
  });

  it('that a failure ends have failed, one that stop ends has not', async () => {
    const failed = await noted('phase outer\n  phase inner\n    C: NOOP\n    S: +OK', SCRIPT);
    expect(failed.phases).toEqual(['connect true', 'greeting true', 'outer false', 'inner false']);
    expect((await noted('phase one\n  stop', SCRIPT)).phases.at(-1)).toBe('one true');
  });

  it('greeting fails with the server, connect with the network', async () => {
    const refused = says({}, { greeting: '-ERR busy\r\n' });
    expect((await noted('C connect\nS: +OK', refused, { greeted: false })).phases).toEqual([
      'connect true',
      'greeting false',
    ]);
    const nobody = await noted('C connect\nS: +OK', SCRIPT, { greeted: false, at: { port: 1 } });
    expect(nobody.phases).toEqual(['connect false']);
  });

  it('tls is one', async () => {
    const certificate = await certificateOf('sound');
    const at = { tlsOptions: { insecure: true } };
    const stls = says({ STLS: ['+OK\r\n', 'TLS'] }, { certificate });
    expect((await noted('C: STLS\nS: +OK\nC tls\nC: STAT\nS: -ERR', stls, { at })).phases).toEqual([
      'connect true',
      'greeting true',
      'tls true',
    ]);
    const broken = says({ STLS: ['+OK\r\n', { pauseMs: 20 }, 'no TLS here\r\n'] });
    expect((await noted('C: STLS\nS: +OK\nC tls', broken, { at })).phases).toEqual([
      'connect true',
      'greeting true',
      'tls false',
    ]);
  });

  it('login of the fragments is one', async () => {
    expect((await noted('use session', SCRIPT, { greeted: false })).phases).toEqual([
      'connect true',
      'greeting true',
      'login true',
    ]);
  });

  it('around a retry are there when it was met', async () => {
    let tries = 0;
    const script = says(
      {},
      { answer: (line) => (line === 'QUIT' ? 'FIN' : ++tries < 3 ? '-ERR\r\n' : '+OK\r\n') },
    );
    const { phases } = await noted('phase around\n  retry for 5s every 5ms\n    C: TRY\n    S: +OK', script);
    expect(phases).toEqual(['connect true', 'greeting true', 'around true']);
  });
});

describe('checks', () => {
  it('check and should are told, note is not', async () => {
    const { checked } = await noted(
      'check true\nshould false\nnote false\nshould true\ncheck false\ncheck true',
      SCRIPT,
    );
    expect(checked).toEqual([true, false, true, false]);
  });
});

describe('a second connection', () => {
  it('is told like the first', async () => {
    const { phases, commands, replies } = await noted(
      'B C connect\nB S: +OK\nC: STAT\nB C: NOOP\nB S: -ERR\nS: +OK',
      SCRIPT,
    );
    expect(phases).toEqual(['connect true', 'greeting true', 'connect true', 'greeting true']);
    expect(commands).toEqual(['NOOP false', 'STAT true']);
    expect(replies).toEqual([' +OK', ' +OK', 'NOOP -ERR', 'STAT +OK']);
  });
});
