import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  loadProviders,
  providerByDomain,
  providerByMx,
  providerByName,
} from '../../src/diagnose/provider.js';

const scratch = mkdtempSync(join(tmpdir(), 'providers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const ENTRY = `
title: Example
providers:
  - id: example
    name: Example Mail
    also: [sample]
    domains: [example.org, example.*]
    mx: ["*.mx.example.org"]
    pop: yes
    servers: [{ host: pop.example.org, port: 995, tls: implicit, source: https://example.org/pop, date: 2026-03, confidence: high }]
    page: https://example.org/pop
    source: https://example.org/pop
    date: 2026-03
    confidence: high
`;

describe('the provider table', () => {
  it('that comes with popspec is read', () => {
    const providers = loadProviders(resolve('suites/providers'));
    const ids = providers.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, pop, servers, instead, login } of providers) {
      if (pop !== 'yes') expect(instead, id).toMatch(/[.]$/);
      else if (servers.length === 0) expect(login, id).toBeDefined();
      expect(servers.filter(({ old }) => old === undefined).length, id).toBe(
        servers.findIndex(({ old }) => old !== undefined) < 0
          ? servers.length
          : servers.findIndex(({ old }) => old !== undefined),
      );
    }
  });

  it('has every domain, name and mail exchanger in one provider alone', () => {
    const providers = loadProviders(resolve('suites/providers'));
    const taken = new Map<string, string>();
    for (const { id, name, also, domains, mx } of providers) {
      for (const word of new Set([id, name.toLowerCase(), ...also, ...domains, ...mx])) {
        expect(`${word} is of ${taken.get(word) ?? id}`).toBe(`${word} is of ${id}`);
        taken.set(word, id);
      }
      // What a wildcard stands for is nobody else's either.
      for (const pattern of domains)
        expect(providerByDomain(providers, pattern.replace('*', 'some'))?.id, pattern).toBe(id);
      for (const pattern of mx)
        expect(providerByMx(providers, [pattern.replace('*', 'some')])?.id, pattern).toBe(id);
    }
  });

  it('knows the providers that most mailboxes are at', () => {
    const providers = loadProviders(resolve('suites/providers'));
    const of = (domain: string) => providerByDomain(providers, domain)?.id;
    expect(['gmail.com', 'hotmail.com', 'verizon.net', 'cox.net', 'gmx.de', 'gmx.com'].map(of)).toEqual([
      'gmail',
      'outlook',
      'verizon',
      'cox',
      'gmx',
      'gmx-com',
    ]);
    for (const host of ['pop3.live.com', 'pop-mail.outlook.com', 'outlook.office365.com'])
      expect(of(host)).toBe('outlook');
    expect(providerByMx(providers, ['example-org.mail.protection.outlook.com'])?.id).toBe('exchange-online');
    expect(providerByMx(providers, ['aspmx.l.google.com'])?.id).toBe('gmail');
    expect(providerByName(providers, 'office365')?.id).toBe('exchange-online');
    for (const [domain, pop] of [
      ['icloud.com', 'no'],
      ['proton.me', 'bridge'],
    ] as const)
      expect(providerByDomain(providers, domain)?.pop).toBe(pop);
  });

  it('is looked in by name, domain, mail exchanger and host', () => {
    writeFileSync(join(scratch, 'example.yaml'), ENTRY);
    const providers = loadProviders(scratch);
    const [entry] = providers;
    for (const word of ['example', 'Example Mail', 'sample'])
      expect(providerByName(providers, word)).toBe(entry);
    for (const domain of ['example.org', 'EXAMPLE.co.uk', 'pop.example.org'])
      expect(providerByDomain(providers, domain)).toBe(entry);
    for (const other of ['other.org', 'example.evil.com', 'example.org.evil.com'])
      expect(providerByDomain(providers, other)).toBeUndefined();
    expect(providerByMx(providers, ['in.mx.example.org'])).toBe(entry);
    expect(providerByMx(providers, ['mx.example.org.evil.test'])).toBeUndefined();
  });

  it('tells where a mistake stands', () => {
    const dir = mkdtempSync(join(scratch, 'wrong-'));
    writeFileSync(join(dir, 'example.yaml'), ENTRY.replace('port: 995', 'port: 99500'));
    expect(() => loadProviders(dir)).toThrow(/example\.yaml:10:\d+: providers\.0\.servers\.0\.port/);
  });
});
