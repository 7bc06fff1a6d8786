import { Buffer } from 'node:buffer';
import { decodeBase64 } from '../pop3/base64.js';

/** What stands in place of a secret. */
export const MASK = '***';

/** Shorter secrets are masked where popspec sends them, but not looked for in what others send: "a" is everywhere. */
const SEARCHED_LENGTH_MIN = 3;

/** A short password may happen to be base64; what that decodes to says nothing. */
const MESSAGE_LENGTH_MIN = 8;

/**
 * Knows the secrets of a run and masks them in any text, in every form in which a server might send them back:
 * as they are, in base64 at each of its three alignments, in hexadecimal and URL-encoded, and base64 itself decoded.
 * Works on Latin-1 text (one character for each octet) and on ordinary strings.
 */
export class Redactor {
  /** Made known and not yet looked at: most sessions of a load never show anything. */
  private added: (string | Buffer)[];
  private secrets: Set<string> | undefined;
  private pattern: RegExp | undefined;
  private longestForm = 0;

  constructor(secrets: Iterable<string> = []) {
    this.added = [...secrets];
  }

  /** `secret` as octets must not change afterwards. */
  add(secret: string | Buffer): void {
    this.added.push(secret);
  }

  /** No form of a secret is longer: how much text around a cut must be seen so that no part of one stays. */
  get longest(): number {
    this.takeIn();
    return this.longestForm;
  }

  private takeIn(): ReadonlySet<string> {
    const secrets = (this.secrets ??= new Set());
    if (this.added.length === 0) return secrets;
    for (const added of this.added) {
      const secret = typeof added === 'string' ? added : added.toString('utf8');
      if (secret.length < SEARCHED_LENGTH_MIN || secrets.has(secret)) continue;
      secrets.add(secret);
      this.longestForm = Math.max(this.longestForm, 3 * Buffer.byteLength(secret));
      this.pattern = undefined;
    }
    this.added = [];
    return secrets;
  }

  mask(text: string): string {
    const secrets = this.takeIn();
    if (secrets.size === 0) return text;
    this.pattern ??= patternOf(secrets);
    let masked = '';
    let hiddenTo = 0;
    for (const { index, 1: form = '' } of text.matchAll(this.pattern)) {
      if (index >= hiddenTo) masked += `${text.slice(hiddenTo, index)}${MASK}`;
      hiddenTo = Math.max(hiddenTo, index + form.length);
    }
    return masked + text.slice(hiddenTo);
  }
}

/** Matches before each form of each secret: looking ahead only, it also finds those that overlap. */
function patternOf(secrets: Iterable<string>): RegExp {
  const forms = [...new Set([...secrets].flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return new RegExp(`(?=(${forms.map(escapeRegExp).join('|')}))`, 'g');
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const hex = bytes.toString('hex');
  const encoded = [encodeURIComponent(bytes.toString('utf8')), percentEncoded(bytes)].flatMap((form) => [
    form,
    form.replaceAll('%20', '+'),
  ]);
  const message = decodeBase64(secret);
  const decoded =
    message !== null && message.length >= MESSAGE_LENGTH_MIN ? [message.toString('latin1')] : [];
  const forms = [secret, bytes.toString('latin1'), ...decoded, hex, hex.toUpperCase(), ...encoded];
  // Which case the digits of %XX have is the encoder's choice.
  for (const form of encoded) forms.push(form.replace(/%../g, (octet) => octet.toLowerCase()));
  for (let before = 0; before < 3; before++) {
    // The characters of base64 that depend on these octets alone, whatever stands before and behind them.
    const padded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = before === 0 ? 0 : before + 1;
    const to = Math.floor(((before + bytes.length) * 8) / 6);
    const core = padded.slice(from, to);
    if (core.length >= SEARCHED_LENGTH_MIN + 1) forms.push(core);
  }
  return forms;
}

/** Every octet but letters and digits as %XX, as form encoders do it. */
function percentEncoded(bytes: Buffer): string {
  let text = '';
  for (const octet of bytes) {
    const character = String.fromCharCode(octet);
    text += /[A-Za-z0-9]/.test(character)
      ? character
      : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
