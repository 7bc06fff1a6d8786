import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { parseReply, type Reply } from '../../src/pop3/reply.js';

function read(line: string, crlf = true): Reply {
  const bytes = Buffer.from(line, 'latin1');
  return parseReply(bytes, 0, bytes.length, crlf);
}

describe('status indicator', () => {
  it.each([
    ['+OK', '+OK', true, ''],
    ['+OK ', '+OK', true, ''],
    ['+OK 2 320', '+OK', true, '2 320'],
    ['+OK  two blanks', '+OK', true, ' two blanks'],
    ['-ERR', '-ERR', true, ''],
    ['-ERR no such message', '-ERR', true, 'no such message'],
    ['+ ', '+', true, ''],
    ['+ PDEyMz4=', '+', true, 'PDEyMz4='],
    // RFC 5034 §4: a continuation is "+", a space and a challenge, which may be empty.
    ['+', '+', false, ''],
    ['+PDEyMz4=', '+', false, 'PDEyMz4='],
    // RFC 1939 §3: the indicators stand in upper case.
    ['+ok', '+OK', false, ''],
    ['+Ok fine', '+OK', false, 'fine'],
    ['-err', '-ERR', false, ''],
    ['-Err no', '-ERR', false, 'no'],
    ['+OKAY', '+OK', false, 'AY'],
    ['+OK\tdone', '+OK', false, '\tdone'],
    ['-ERROR', '-ERR', false, 'OR'],
    ['+O', '+', false, 'O'],
    ['-ER', 'other', false, '-ER'],
    [' +OK', 'other', false, '+OK'],
    ['OK', 'other', false, 'OK'],
    ['', 'other', false, ''],
    ['.', 'other', false, '.'],
    ['* OK IMAP4rev1', 'other', false, '* OK IMAP4rev1'],
  ])('%j is %s, strict %s, text %j', (line, status, strict, text) => {
    expect(read(line)).toMatchObject({ status, strict, text, line });
  });
});

describe('response code (RFC 2449 §8)', () => {
  it.each([
    ['-ERR [IN-USE] locked', 'IN-USE'],
    ['-ERR [in-use] locked', 'IN-USE'],
    ['-ERR [SYS/TEMP]', 'SYS/TEMP'],
    ['-ERR [AUTH][SYS/PERM] two', 'AUTH'],
    ['+OK [LOGIN-DELAY] fine', 'LOGIN-DELAY'],
    ['-ERR[AUTH] no space', 'AUTH'],
    ['-ERR  [AUTH] not at the start', ''],
    ['-ERR text [AUTH]', ''],
    ['-ERR []', ''],
    ['-ERR [AUTH', ''],
    ['-ERR [A B]', ''],
    ['-ERR ]AUTH[', ''],
  ])('%j has %j', (line, code) => {
    expect(read(line).code).toBe(code);
  });
});

describe('octets', () => {
  it('keeps every octet as one character', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet).filter((o) => o !== 10));
    const bytes = Buffer.concat([Buffer.from('+OK '), all]);
    const reply = parseReply(bytes, 0, bytes.length, true);
    expect(Buffer.from(reply.text, 'latin1')).toEqual(all);
    expect(reply.octets).toBe(4 + 255 + 2);
  });

  it('keeps NUL and a CR inside the line', () => {
    expect(read('+OK a\0b\rc')).toMatchObject({ status: '+OK', strict: true, text: 'a\0b\rc' });
    expect(read('+OK\0')).toMatchObject({ status: '+OK', strict: false, text: '\0' });
    expect(read('\0+OK')).toMatchObject({ status: 'other' });
  });

  it('counts the line end that was there', () => {
    expect(read('+OK', true)).toMatchObject({ octets: 5, crlf: true });
    expect(read('+OK', false)).toMatchObject({ octets: 4, crlf: false });
    expect(read('', false)).toMatchObject({ octets: 1 });
  });

  it('reads only the span that it is given', () => {
    const bytes = Buffer.from('-ERR no\r\n+OK [UTF8] yes\r\n.\r\n');
    expect(parseReply(bytes, 9, 23, true)).toMatchObject({
      status: '+OK',
      text: '[UTF8] yes',
      code: 'UTF8',
      octets: 16,
    });
  });
});
