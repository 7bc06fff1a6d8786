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
    expect(ids.length).toBeGreaterThan(0);
  });

  it('is looked in by name, domain, mail exchanger and host', () => {
    writeFileSync(join(scratch, 'example.yaml'), ENTRY);
    const providers = loadProviders(scratch);
    const [entry] = providers;
    for (const word of ['example', 'Example Mail', 'sample'])
      expect(providerByName(providers, word)).toBe(entry);
    for (const domain of ['example.org', 'EXAMPLE.co.uk', 'pop.example.org'])
      expect(providerByDomain(providers, domain)).toBe(entry);
    expect(providerByDomain(providers, 'other.org')).toBeUndefined();
    expect(providerByMx(providers, ['in.mx.example.org'])).toBe(entry);
    expect(providerByMx(providers, ['mx.example.org.evil.test'])).toBeUndefined();
  });

  it('tells where a mistake stands', () => {
    const dir = mkdtempSync(join(scratch, 'wrong-'));
    writeFileSync(join(dir, 'example.yaml'), ENTRY.replace('port: 995', 'port: 99500'));
    expect(() => loadProviders(dir)).toThrow(/example\.yaml:10:\d+: providers\.0\.servers\.0\.port/);
  });
});
