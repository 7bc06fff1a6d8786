import type { AuthMode } from '../../src/dialogue/auth.js';
import { startCourier } from './courier.js';
import { startCyrus } from './cyrus.js';
import { startDovecot } from './dovecot.js';
import { startMailutils } from './mailutils.js';
import { startPopa3d } from './popa3d.js';
import type { RealServer, ServerName } from './types.js';

/** What a server has beside plain text and USER. */
export interface Traits {
  tls: readonly ('stls' | 'implicit')[];
  auth: readonly AuthMode[];
  /** Its log goes to its standard error and names who logs in; otherwise it goes to the system's. */
  logs: boolean;
  /** A body line that begins with "From " arrives with a ">" in front of it: the delivery quotes it, nobody unquotes. */
  quotes: boolean;
}

const TLS = ['stls', 'implicit'] as const;
const SCRAM = ['scram-sha-1', 'scram-sha-256'] as const;

export const TRAITS: Readonly<Record<ServerName, Traits>> = {
  dovecot: {
    tls: TLS,
    auth: ['apop', 'plain', 'cram-md5', ...SCRAM, 'xoauth2', 'oauthbearer'],
    logs: true,
    quotes: false,
  },
  mailutils: { tls: TLS, auth: ['apop'], logs: true, quotes: false },
  courier: { tls: TLS, auth: ['plain', 'cram-md5'], logs: true, quotes: false },
  cyrus: { tls: TLS, auth: ['apop', 'plain', 'cram-md5', ...SCRAM], logs: false, quotes: false },
  popa3d: { tls: [], auth: [], logs: false, quotes: true },
};

/** How each real server is started; the functions themselves have what is special to one. */
export const START: Readonly<Record<ServerName, (options: { users: number }) => Promise<RealServer>>> = {
  dovecot: (options) => startDovecot({ ...options, fast: true }),
  mailutils: startMailutils,
  courier: startCourier,
  cyrus: startCyrus,
  popa3d: startPopa3d,
};
