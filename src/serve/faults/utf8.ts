import { isAscii } from 'node:buffer';
import type { Behaviour } from '../behaviour.js';
import { ENGLISH } from '../languages.js';
import { type StoredMessage, storedAs } from '../maildrop.js';
import { err, ok, type Session } from '../session.js';
import { surrogateOf } from '../surrogate.js';
import { decodeUtf8 } from '../utf8.js';
import { changeCapabilities, changeCommand, hideAfterLogin, inArea, wrapCommand } from './fault.js';

const MARK_FIELD = Buffer.from('X-Mode: utf-8\r\n');
/** A private-use character and a direction mark, which SASLprep prohibits (RFC 4013 §2.3). */
const PROHIBITED = /[\ue000\u200e]/g;

const ASCII = /^[\0-\x7f]*$/;
const CREDENTIAL_VERBS = ['USER', 'PASS', 'APOP'];

/** Replaces what a session gets of a message by `rewrite` of the clean form. */
function rewriteForm(
  b: Behaviour,
  rewrite: (form: StoredMessage, s: Session, stored: StoredMessage) => Buffer,
): void {
  const next = b.form;
  b.form = (s, stored) => {
    const form = next(s, stored);
    const bytes = rewrite(form, s, stored);
    return bytes === form.bytes ? form : storedAs(form.uid, bytes);
  };
}

/** Rewrites surrogates, one character for each octet. */
function rewriteSurrogate(b: Behaviour, rewrite: (message: string) => string): void {
  rewriteForm(b, (form, _s, stored) =>
    form.bytes === stored.bytes ? form.bytes : Buffer.from(rewrite(form.bytes.toString('latin1')), 'latin1'),
  );
}

/** Whether message n needs UTF-8 mode, and the session is not in it. */
function needsMode(s: Session, n: number): boolean {
  const message = s.behaviour.message(s, n);
  return !s.utf8 && message !== undefined && surrogateOf(message.bytes) !== message.bytes;
}

/** Does `instead` in place of RETR where the message `applies`. */
function insteadOfRetr(
  b: Behaviour,
  applies: (s: Session, message: StoredMessage) => boolean,
  instead: (s: Session) => boolean,
): void {
  wrapCommand(b, 'RETR', (s, args, next) => {
    const message = b.message(s, b.messageNumber(s, args[0] ?? ''));
    return message !== undefined && applies(s, message) ? instead(s) : next(s, args);
  });
}

function isSurrogated(message: StoredMessage): boolean {
  return surrogateOf(message.bytes) !== message.bytes;
}

function refuseCode(s: Session): boolean {
  return err(s, '[UTF8] this message needs UTF-8 mode');
}

export const utf8Faults = inArea('utf8', [
  {
    id: 'utf8-capa-argument',
    title: 'CAPA announces UTF8 with an argument that does not exist',
    clause: '6856-2-CAP-1',
    apply: (b) =>
      changeCapabilities(b, (list) => list.map((line) => line.replace('UTF8 USER', 'UTF8 USER PASS'))),
  },
  {
    id: 'utf8-capa-lost',
    title: 'CAPA no longer announces UTF8 after login',
    clause: '6856-2-CAP-1',
    apply: (b) => hideAfterLogin(b, /^UTF8/),
  },
  {
    id: 'utf8-after-login',
    title: 'UTF8 is accepted after login',
    clause: '6856-2-CAP-2',
    apply: (b) => changeCommand(b, 'UTF8', { phase: 'any' }),
  },
  {
    id: 'utf8-argument',
    title: 'UTF8 with an argument is accepted',
    clause: '6856-2.1-UTF8-1',
    apply: (b) => changeCommand(b, 'UTF8', { max: 1 }),
  },
  {
    id: 'utf8-no-effect',
    title: 'UTF8 is accepted and messages come as surrogates all the same',
    clause: '6856-2-CAP-3',
    apply: (b) => wrapCommand(b, 'UTF8', (s) => ok(s)),
  },
  {
    id: 'utf8-changes-ascii',
    title: 'In UTF-8 mode ASCII messages get a header field more',
    clause: '6856-2.1-UTF8-2',
    apply: (b) =>
      rewriteForm(b, ({ bytes }, s) =>
        s.utf8 && isAscii(bytes) ? Buffer.concat([MARK_FIELD, bytes]) : bytes,
      ),
  },
  {
    id: 'utf8-lossy',
    title: 'In UTF-8 mode question marks stand for what is beyond ASCII',
    clause: '6856-2.1-UTF8-3',
    apply: (b) =>
      rewriteForm(b, ({ bytes }, s) =>
        s.utf8 ? Buffer.from(bytes.toString('latin1').replace(/[\x80-\xff]/g, '?'), 'latin1') : bytes,
      ),
  },
  {
    id: 'utf8-strips-body',
    title: 'In UTF-8 mode octets of a body that are not UTF-8 are replaced',
    clause: '6856-2.1-UTF8-8',
    apply: (b) => rewriteForm(b, ({ bytes }, s) => (s.utf8 ? Buffer.from(bytes.toString('utf8')) : bytes)),
  },
  {
    id: 'utf8-size-surrogate',
    title: 'In UTF-8 mode LIST gives the sizes of the surrogates',
    clause: '6856-2.1-UTF8-9',
    apply(b) {
      b.size = (s, n) => surrogateOf(b.message(s, n)?.bytes ?? Buffer.alloc(0)).length;
    },
  },
  {
    id: 'utf8-mail-raw',
    title: 'UTF-8 header fields are sent to clients that did not say UTF8',
    clause: '6856-2.1-UTF8-5',
    apply(b) {
      b.form = (_s, message) => message;
    },
  },
  {
    id: 'utf8-top-raw',
    title: 'TOP sends UTF-8 header fields to clients that did not say UTF8',
    clause: '6856-2.1-UTF8-5',
    apply: (b) =>
      wrapCommand(b, 'TOP', (s, args, next) => {
        const { utf8 } = s;
        s.utf8 = true;
        const positive = next(s, args);
        s.utf8 = utf8;
        return positive;
      }),
  },
  {
    id: 'utf8-part-raw',
    title: 'Surrogates keep the UTF-8 in the headers of MIME parts',
    clause: '6856-2.1-UTF8-5',
    apply: (b) =>
      rewriteForm(b, ({ bytes }, _s, stored) => {
        const [form, raw] = [bytes, stored.bytes].map((octets) => octets.indexOf('\r\n\r\n'));
        return bytes === stored.bytes
          ? bytes
          : Buffer.concat([bytes.subarray(0, form), stored.bytes.subarray(raw)]);
      }),
  },
  {
    id: 'utf8-surrogate-empty',
    title: 'An empty message is sent for one that needs UTF-8 mode',
    clause: '6856-2.1-UTF8-6',
    apply: (b) => rewriteSurrogate(b, () => ''),
  },
  {
    id: 'utf8-surrogate-no-from',
    title: 'Surrogates have no From field',
    clause: '6856-2.1-UTF8-6',
    apply: (b) => rewriteSurrogate(b, (message) => message.replace(/^From: .*\r\n(?: .*\r\n)*/m, '')),
  },
  {
    id: 'utf8-surrogate-no-blank',
    title: 'Surrogates lack the blank line behind the header',
    clause: '6856-2.1-UTF8-6',
    apply: (b) => rewriteSurrogate(b, (message) => message.replace('\r\n\r\n', '\r\n')),
  },
  {
    id: 'utf8-mail-closes',
    title: 'RETR of a message that needs UTF-8 mode closes the connection',
    clause: '6856-2.1-UTF8-6',
    apply: (b) =>
      insteadOfRetr(
        b,
        (s, message) => !s.utf8 && isSurrogated(message),
        (s) => {
          b.hangUp(s);
          return false;
        },
      ),
  },
  {
    id: 'utf8-size-stored',
    title: 'LIST gives the stored size while RETR sends a surrogate',
    clause: '6856-2.1-UTF8-9',
    apply(b) {
      b.size = (s, n) => b.message(s, n)?.octets ?? 0;
    },
  },
  {
    id: 'utf8-stat-stored',
    title: 'STAT adds up stored sizes while LIST gives those of the surrogates',
    clause: '6856-2.1-UTF8-10',
    apply(b) {
      const next = b.totals;
      b.totals = (s) => ({
        count: next(s).count,
        octets: s.messages
          .slice(0, s.count)
          .reduce((sum, { octets }, i) => sum + (s.marks.has(i + 1) ? 0 : octets), 0),
      });
    },
  },
  {
    id: 'utf8-mail-hidden',
    title: 'Messages that need UTF-8 mode are missing from LIST and UIDL without it',
    clause: '6856-2.1-UTF8-11',
    apply(b) {
      const next = b.listed;
      b.listed = (s, n, verb) => next(s, n, verb) && !needsMode(s, n);
    },
  },
  {
    id: 'utf8-mail-stuck',
    title: 'A message that needs UTF-8 mode cannot be deleted without it',
    clause: '6856-2.1-UTF8-11',
    apply(b) {
      const next = b.usable;
      b.usable = (s, n, verb) => next(s, n, verb) && !(verb === 'DELE' && needsMode(s, n));
    },
  },
  {
    id: 'utf8-code-in-utf8-mode',
    title: 'RETR is refused with the code UTF8 in UTF-8 mode too',
    clause: '6856-5-CODE-2',
    apply: (b) => insteadOfRetr(b, (_s, message) => isSurrogated(message), refuseCode),
  },
  {
    id: 'utf8-code-for-ascii',
    title: 'RETR of an ASCII message is refused with the code UTF8',
    clause: '6856-5-CODE-2',
    apply: (b) => insteadOfRetr(b, (s, message) => !s.utf8 && isAscii(message.bytes), refuseCode),
  },
  {
    id: 'utf8-code-misplaced',
    title: 'UIDL and DELE of unknown messages are refused with the code UTF8',
    clause: '6856-5-CODE-1',
    apply(b) {
      const next = b.refuseMessage;
      b.refuseMessage = (s, verb, why) =>
        verb === 'UIDL' || verb === 'DELE' ? refuseCode(s) : next(s, verb, why);
    },
  },
  {
    id: 'stls-after-utf8-breaks',
    title: 'STLS after UTF8 is accepted, and the connection is closed behind the handshake',
    clause: '6856-2.1-UTF8-14',
    apply(b) {
      wrapCommand(b, 'STLS', (s, args, next) => {
        if (!s.utf8) return next(s, args);
        s.port.startTls();
        return ok(s, 'begin TLS');
      });
      const next = b.secured;
      b.secured = (s) => {
        next(s);
        if (s.utf8) b.hangUp(s);
      };
    },
  },
  {
    id: 'stls-after-utf8-coded',
    title: 'The refusal of STLS after UTF8 carries the code UTF8',
    clause: '6856-2.1-UTF8-15',
    apply: (b) => wrapCommand(b, 'STLS', (s, args, next) => (s.utf8 ? refuseCode(s) : next(s, args))),
  },
  {
    id: 'utf8-user-refused',
    title: 'UTF8 USER is announced and names and passwords beyond ASCII are refused',
    clause: '6856-2.2-USER-1',
    apply(b) {
      for (const verb of CREDENTIAL_VERBS) {
        wrapCommand(b, verb, (s, args, next) =>
          ASCII.test(args.join('')) ? next(s, args) : err(s, 'not ASCII'),
        );
      }
    },
  },
  {
    id: 'utf8-user-needs-mode',
    title: 'Names and passwords beyond ASCII are refused before the UTF8 command',
    clause: '6856-2.2-USER-8',
    apply(b) {
      for (const verb of CREDENTIAL_VERBS) {
        wrapCommand(b, verb, (s, args, next) =>
          s.utf8 || ASCII.test(args.join('')) ? next(s, args) : err(s, 'say UTF8 first'),
        );
      }
    },
  },
  {
    id: 'saslprep-missing',
    title: 'Names and passwords are compared octet by octet',
    clause: '6856-2.2-USER-2',
    apply(b) {
      b.credential = decodeUtf8;
    },
  },
  {
    id: 'apop-saslprep-missing',
    title: 'The name in APOP is compared octet by octet',
    clause: '6856-2.2-USER-3',
    apply: (b) =>
      wrapCommand(b, 'APOP', (s, [name = '', digest = ''], next) =>
        b.credential(name) === decodeUtf8(name) ? next(s, [name, digest]) : b.refuseLogin(s, undefined),
      ),
  },
  {
    id: 'saslprep-drops-prohibited',
    title: 'Prohibited characters in names and passwords are passed over',
    clause: '6856-2.2-USER-4',
    apply(b) {
      const next = b.credential;
      b.credential = (octets) =>
        next(Buffer.from((decodeUtf8(octets) ?? '\0').replace(PROHIBITED, '')).toString('latin1'));
    },
  },
  {
    id: 'utf8-malformed-dropped',
    title: 'Octets of names and passwords that are not UTF-8 are passed over',
    clause: '6856-2.2-USER-10',
    apply(b) {
      b.credential = (octets) => Buffer.from(octets, 'latin1').toString('utf8').replaceAll('\ufffd', '');
    },
  },
  {
    id: 'utf8-overlong-nul',
    title: 'Names and passwords end at a NUL that is written in two octets',
    clause: '6856-2.2-USER-10',
    apply(b) {
      const next = b.credential;
      b.credential = (octets) => next(octets.replace(/\xc0\x80.*$/s, ''));
    },
  },
  {
    id: 'utf8-echoes-malformed',
    title: 'The refusal of a name that is not UTF-8 repeats its octets',
    clause: '6856-2.2-USER-10',
    apply: (b) =>
      wrapCommand(b, 'USER', (s, [name = ''], next) => {
        if (decodeUtf8(name) !== null) return next(s, [name]);
        s.language = ENGLISH;
        return err(s, `no user ${name}`);
      }),
  },
]);
