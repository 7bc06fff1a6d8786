import { identify, probe, speaksTls } from '../../wire/identify.js';
import type { Target } from '../../wire/target.js';
import { HEARD_MAX } from '../context.js';
import type { EndpointMode, Speaks } from '../facts.js';

/** What speaks at a port, and its first octets. */
export interface Speaker {
  readonly speaks: Speaks;
  readonly heard: string;
}

const NAMES = { IMAP: 'imap', SMTP: 'smtp', HTTP: 'http', SSH: 'ssh', FTP: 'ftp', TLS: 'tls' } as const;

/** What the first octets of a server say. */
export function nameOf(heard: string): Speaks {
  const stranger = identify(heard);
  if (stranger !== undefined) return NAMES[stranger];
  if (/^(\+OK|-ERR)/i.test(heard)) return 'pop3';
  return heard === '' ? 'nothing' : 'other';
}

/** Says a harmless line, then a ClientHello, to a server that keeps silent; undefined where neither brings anything out. */
export async function strangerAt(target: Target, mode: EndpointMode): Promise<Speaker | undefined> {
  const heard = (await probe(target)).slice(0, HEARD_MAX);
  if (heard !== '') return { speaks: nameOf(heard), heard };
  return mode === 'plain' && (await speaksTls(target)) ? { speaks: 'tls', heard } : undefined;
}

/** A POP3 server greets by then, unless it is slow. */
const GREETS_MS = 2500;

/**
 * Waits a moment, then looks with a connection of its own whether something else than POP3 is there, which would say nothing for as long
 * as it is waited for. `found` is set when it is; `end` gives it.
 */
export function lookAtTheQuiet(
  target: Target,
  mode: EndpointMode,
): { readonly found: AbortSignal; readonly end: () => Speaker | undefined } {
  const controller = new AbortController();
  let found: Speaker | undefined;
  let over = false;
  const timer = setTimeout(async () => {
    const stranger = await strangerAt(target, mode);
    if (over || stranger === undefined || stranger.speaks === 'pop3') return;
    found = stranger;
    controller.abort();
  }, GREETS_MS);
  return {
    found: controller.signal,
    end() {
      over = true;
      clearTimeout(timer);
      return found;
    },
  };
}
