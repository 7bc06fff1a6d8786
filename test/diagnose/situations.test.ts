import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiagnoseResult } from '../../src/diagnose/result.js';
import { RULES } from '../../src/diagnose/rules/index.js';
import { roots, USER } from './hosts.js';
import { FIND } from './situations/find.js';
import { LOGIN } from './situations/login.js';
import { MAILBOX } from './situations/mailbox.js';
import { PERSONALITIES } from './situations/personalities.js';
import { PROTOCOL } from './situations/protocol.js';
import { REACH } from './situations/reach.js';
import { type Ask, type Situation, WRONG_PASSWORD, WRONG_TOKEN } from './situations/situation.js';
import { TLS } from './situations/tls.js';
import { diagnosed } from './support.js';
import { startWorld } from './world.js';

const STAGES = { FIND, REACH, PROTOCOL, TLS, LOGIN, MAILBOX, PERSONALITIES };
const ALL: readonly Situation[] = Object.values(STAGES).flat();

/** Diagnoses at a time. */
const AT_ONCE = 8;
/** For everything together, on a machine that is busy with other things. */
const ALL_MS = 300_000;

const SECRETS = [USER.password, USER.token, WRONG_PASSWORD, WRONG_TOKEN];

const outcomes = new Map<Situation, Promise<DiagnoseResult>>();
let running = 0;
const queue: (() => void)[] = [];

/** Runs `work` when fewer than AT_ONCE others are under way. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((go) => queue.push(go));
  running++;
  try {
    return await work();
  } finally {
    running--;
    queue.shift()?.();
  }
}

function subjectOf({ about, port, otherPort, tls, provider, user }: Ask) {
  const address = about?.includes('@') === true;
  const name = user === null ? undefined : (user ?? (address ? about : 'user'));
  return {
    kind: address ? ('address' as const) : about === undefined ? ('provider' as const) : ('host' as const),
    shown: about ?? provider ?? '',
    domain: address ? (about?.split('@')[1] ?? '') : (about ?? ''),
    ...(name === undefined ? {} : { user: name }),
    ...(port === undefined ? {} : { port }),
    ...(otherPort === undefined ? {} : { otherPort }),
    ...(tls === undefined ? {} : { tls }),
    ...(provider === undefined ? {} : { provider }),
  };
}

async function look({ world, ask }: Situation): Promise<DiagnoseResult> {
  const { trusted } = await roots();
  const around = await startWorld(world);
  const { password = USER.password, token, timeoutMs = 10_000, budget = 3 } = ask;
  try {
    return await diagnosed(subjectOf(ask), {
      ...(password === null ? {} : { password }),
      ...(token === undefined ? {} : { token }),
      dns: around.dns,
      autoconfigBase: around.autoconfigBase,
      connectTo: around.connectTo,
      tlsOptions: { ca: trusted.root, insecure: ask.insecure === true },
      timeoutMs,
      limitMs: 120_000,
      loginBudget: budget,
      allowRetr: ask.allowRetr === true,
      follow: ask.follow === true,
    });
  } finally {
    await around.close();
  }
}

beforeAll(() => {
  for (const situation of ALL) {
    const outcome = inTurn(() => look(situation));
    outcome.catch(() => undefined);
    outcomes.set(situation, outcome);
  }
});
afterAll(() => Promise.allSettled(outcomes.values()), ALL_MS);

/** What a failure is to be understood by. */
function seen({ causes, facts, conclusion }: DiagnoseResult): string {
  const { endpoints, logins, loginEnd, mailbox } = facts;
  const named = causes.map(({ id, weight, reasons }) => `${weight} ${id}: ${reasons.join('; ')}`);
  return [conclusion.says, ...named, JSON.stringify({ endpoints, logins, loginEnd, mailbox }, null, 1)].join(
    '\n',
  );
}

describe.each(Object.entries(STAGES))('%s', (_stage, situations) => {
  it.each(situations.map((situation) => [situation.name, situation] as const))(
    '%s',
    async (_name, situation) => {
      const { first, among = [], separates, advice = [] } = situation;
      const result = await (outcomes.get(situation) as Promise<DiagnoseResult>);
      const told = result.causes.filter(({ weight }) => weight >= 25);
      expect(told[0]?.id ?? null, seen(result)).toBe(first);
      if (first === null) expect(result.conclusion.kind, seen(result)).toBe('healthy');
      const ids = result.causes.map(({ id }) => id);
      for (const id of among) expect(ids, seen(result)).toContain(id);
      if (separates !== undefined) expect(result.causes[0]?.separates).toMatch(separates);
      for (const id of advice) expect(result.advice.map((one) => one.id)).toContain(id);
      const said = JSON.stringify(result);
      expect(SECRETS.filter((secret) => said.includes(secret))).toEqual([]);
    },
    ALL_MS,
  );
});

describe('the table', () => {
  it('has at least 60 situations, no two of one name', () => {
    expect(ALL.length).toBeGreaterThanOrEqual(60);
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
  });

  it('has each cause in the first place, but for those that are only ever neighbours', () => {
    const first = new Set(ALL.map((situation) => situation.first));
    const never = RULES.filter(({ id, kind }) => kind !== 'advice' && !first.has(id)).map(({ id }) => id);
    expect(never).toEqual(['apop-broken', 'password-not-carried']);
  });

  it(
    'triggers every rule',
    async () => {
      const results = await Promise.all(outcomes.values());
      const triggered = new Set(
        results.flatMap(({ causes, advice }) => [...causes, ...advice].map(({ id }) => id)),
      );
      expect(RULES.map(({ id }) => id).filter((id) => !triggered.has(id))).toEqual([]);
    },
    ALL_MS,
  );
});
