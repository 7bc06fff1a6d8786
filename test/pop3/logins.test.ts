import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { apopDigest, isTimestamp, timestampOf } from '../../src/pop3/apop.js';
import { decodeBase64 } from '../../src/pop3/base64.js';
import { decodePlain, encodePlain, MAX_PLAIN_FIELD_OCTETS } from '../../src/pop3/sasl-plain.js';

describe('APOP', () => {
  it('digests as the example of RFC 1939 §7', () => {
    expect(apopDigest('<1896.697170952@dbc.mtview.ca.us>', 'tanstaaf')).toBe(
      'c4c9334bac560ecc979e58001b3e22fb',
    );
  });

  it.each([
    ['+OK ready <a.b@c.d>', '<a.b@c.d>'],
    ['<1@x> <2@y>', '<1@x>'],
    ['no < timestamp', null],
    ['< a', null],
    ['<<a@b>>', '<a@b>'],
  ])('finds the timestamp of %j', (greeting, timestamp) => {
    expect(timestampOf(greeting)).toBe(timestamp);
  });

  it.each([
    ['<a@b>', true],
    ['<1896.697170952@dbc.mtview.ca.us>', true],
    ['<"quoted part"@[127.0.0.1]>', true],
    ['<a@b', false],
    ['a@b', false],
    ['<a b@c>', false],
    ['<a.@b>', false],
    ['<@b>', false],
    ['<a@>', false],
    ['<a@b>\n', false],
    ['<\xe4@b>', false],
  ])('%j is a timestamp: %s', (text, valid) => {
    expect(isTimestamp(text)).toBe(valid);
  });
});

describe('PLAIN', () => {
  it('goes there and back', () => {
    const message = { authzid: '', authcid: 'jöe', password: 'päss wörd' };
    const bytes = decodeBase64(encodePlain(message));
    expect(bytes && decodePlain(bytes)).toEqual(message);
    expect(encodePlain({ authzid: 'admin', authcid: 'joe', password: 'x' })).toBe(
      Buffer.from('admin\0joe\0x').toString('base64'),
    );
  });

  it.each([
    ['two fields', 'joe\0x'],
    ['four fields', '\0joe\0x\0'],
    ['no name', '\0\0x'],
    ['no password', '\0joe\0'],
    ['a field too long', `\0joe\0${'x'.repeat(MAX_PLAIN_FIELD_OCTETS + 1)}`],
    ['nothing', ''],
  ])('refuses %s', (_, message) => {
    expect(decodePlain(Buffer.from(message))).toBeNull();
  });

  it('refuses what is not UTF-8 (RFC 4616 §2)', () => {
    expect(decodePlain(Buffer.from('\0j\xf6e\0x', 'latin1'))).toBeNull();
  });

  it.each(['=', 'A', 'AA', 'AA=', 'AAA', 'AB==', 'AA==\n', 'A A=', '-_-_', 'AA==AA=='])(
    '%j is no strict base64',
    (text) => {
      expect(decodeBase64(text)).toBeNull();
    },
  );

  it('reads an empty string as no octets', () => {
    expect(decodeBase64('')).toEqual(Buffer.alloc(0));
  });
});
