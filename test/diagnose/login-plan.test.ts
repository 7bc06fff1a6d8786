import { describe, expect, it } from 'vitest';
import type { EndpointFacts } from '../../src/diagnose/facts.js';
import { type PlanOptions, planLogins } from '../../src/diagnose/probes/login-plan.js';
import { endpointOf } from '../report/diagnose-samples.js';

const OPTIONS: PlanOptions = {
  tls: undefined,
  insecure: false,
  has: { password: true, token: false },
  address: true,
  name: undefined,
};

const planned = (endpoints: readonly EndpointFacts[], more: Partial<PlanOptions> = {}) => {
  const steps = planLogins(endpoints, { ...OPTIONS, ...more });
  return typeof steps === 'string'
    ? steps
    : steps.map(({ way, tls, name }) => `${way} ${tls ? 'TLS' : 'clear'} ${name}`);
};

const { tls: good, ...bare } = endpointOf();
const plain: EndpointFacts = {
  ...bare,
  port: 110,
  mode: 'plain',
  capaClear: ['USER', 'SASL CRAM-MD5 PLAIN'],
};

describe('the logins that are tried', () => {
  it('are by the safest way first, then by one of another kind, then by another form of the name', () => {
    const capaTls = ['USER', 'SASL PLAIN CRAM-MD5 SCRAM-SHA-256'];
    expect(planned([endpointOf({ capaTls })])).toEqual([
      'scram-sha-256 TLS given',
      'plain TLS given',
      'plain TLS local',
    ]);
    expect(planned([endpointOf({ capaTls })], { name: 'address' })).toEqual([
      'scram-sha-256 TLS given',
      'plain TLS given',
    ]);
  });

  it('are none in clear over a network, unless the mail program does it so', () => {
    expect(planned([plain])).toBe('not-in-clear');
    expect(planned([plain], { tls: 'none' })).toEqual(['cram-md5 clear given']);
    expect(planned([{ ...plain, address: '127.0.0.1' }])).toContain('plain clear given');
  });

  it('are none where the certificate does not verify, unless that is put up with', () => {
    if (good?.certificate === undefined) throw new Error('the sample has a certificate');
    const tls = { ...good, certificate: { ...good.certificate, verified: false } };
    expect(planned([endpointOf({ tls }), plain])).toBe('certificate');
    expect(planned([endpointOf({ tls })], { insecure: true })).toContain('plain TLS given');
  });

  it('are by token where there is one, and none where the server has no way for what there is', () => {
    const oauth = endpointOf({ capaTls: ['SASL XOAUTH2'] });
    expect(planned([oauth], { has: { password: false, token: true } })).toContain('xoauth2 TLS given');
    expect(planned([oauth])).toBe('no-way');
    expect(planned([])).toBe('no-server');
  });
});
