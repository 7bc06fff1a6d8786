import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conclude } from '../../src/diagnose/conclusion.js';
import { rank } from '../../src/diagnose/rank.js';
import { RULES } from '../../src/diagnose/rules/index.js';
import { endpointOf, factsOf } from '../report/diagnose-samples.js';

const ranked = (facts: Parameters<typeof factsOf>[0]) =>
  rank(RULES, { facts: factsOf(facts), provider: undefined }).causes;

describe('the rules', () => {
  it('have ids of their own, and stand in docs/diagnose.md', () => {
    const ids = RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const table = readFileSync(resolve('docs/diagnose.md'), 'utf8').match(
      /^\| (?:find|reach|protocol|tls|login|mailbox|advice) \|.*$/gm,
    );
    const named = (table ?? []).flatMap((row) => [...row.matchAll(/`([a-z0-9-]+)`/g)].map(([, id]) => id));
    expect([...named].sort()).toEqual([...ids].sort());
  });

  it('say nothing of facts of which nothing was looked at', () => {
    expect(ranked({})).toEqual([]);
  });

  it('give shares that add up to one among the alternatives of a login', () => {
    const refused = {
      at: 'pop.example.org:995',
      way: 'plain',
      name: 'given',
      tls: true,
      outcome: 'refused',
      reply: '-ERR no',
      code: '',
      verb: '',
      challenge: '',
      tookMs: 9,
    } as const;
    const causes = ranked({
      endpoints: [endpointOf()],
      logins: [{ ...refused, reply: '-ERR [AUTH] login failed' }],
    });
    expect(causes.length).toBeGreaterThan(3);
    expect(causes.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1);
    expect(causes[0]).toMatchObject({ id: 'wrong-password' });
  });

  it('do not take a refusal that no rule knows for health', () => {
    const facts = factsOf({
      endpoints: [endpointOf()],
      logins: [
        {
          at: 'pop.example.org:995',
          way: 'plain',
          name: 'given',
          tls: true,
          outcome: 'failed',
          reply: '',
          code: '',
          verb: '',
          challenge: '',
          tookMs: 9,
        },
      ],
      loginEnd: 'no-more-ways',
    });
    expect(conclude(facts, [], false)).toMatchObject({ kind: 'unclear' });
  });

  it('take a certificate for less where the mail program does without TLS', () => {
    const { tls } = endpointOf();
    if (tls?.certificate === undefined) throw new Error('the sample has a certificate');
    const expired = {
      ...tls,
      certificate: { ...tls.certificate, verified: false, daysLeft: -3, error: 'CERT_HAS_EXPIRED' },
    };
    const { input } = factsOf();
    const weight = (set: 'none' | 'stls'): number =>
      ranked({ input: { ...input, tls: set }, endpoints: [endpointOf({ tls: expired })] }).find(
        ({ id }) => id === 'certificate-expired',
      )?.weight ?? 0;
    expect(weight('stls')).toBeGreaterThan(90);
    expect(weight('none')).toBeLessThan(40);
  });
});
