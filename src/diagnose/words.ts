import { Buffer, isUtf8 } from 'node:buffer';
import { quote } from '../dialogue/quote.js';

const LINE_MAX = 240;

/** A server's line (Latin-1, one character for each octet) as a person reads it: UTF-8 is decoded, anything else escaped. */
export function spoken(line: string): string {
  const text = line.replace(/\r?\n$/, '').slice(0, LINE_MAX);
  const octets = Buffer.from(text, 'latin1');
  return isUtf8(octets) ? octets.toString('utf8') : quote(text);
}
