import { expect, it } from 'vitest';
import { targetUrl } from '../../src/wire/target.js';

it.each([
  [{ host: 'mail.example.org', port: 110, tls: 'none' }, 'pop3://mail.example.org:110'],
  [{ host: 'mail.example.org', port: 110, tls: 'stls' }, 'pop3://mail.example.org:110'],
  [{ host: '::1', port: 995, tls: 'implicit' }, 'pop3s://[::1]:995'],
] as const)('%j is %s', (target, url) => {
  expect(targetUrl(target)).toBe(url);
});
