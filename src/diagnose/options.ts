import type { Library } from '../dialogue/library.js';
import type { TlsOptions } from '../wire/target.js';
import type { Provider } from './provider.js';
import type { ConnectTo, Subject } from './subject.js';

/** What a diagnosis is to look at, and how far it may go. */
export interface DiagnoseOptions {
  readonly subject: Subject;
  /** What lets the user of the subject in; nothing is tried without one. */
  readonly password?: string;
  readonly token?: string;
  readonly providers: readonly Provider[];
  /** For the notation's fragments. */
  readonly library: Library;
  /** `address:port` of name servers, those of the system when there are none. */
  readonly dns: readonly string[];
  /** `https://host/path` of autoconfig is fetched from here: `base/host/path`. */
  readonly autoconfigBase?: string;
  readonly connectTo: readonly ConnectTo[];
  readonly tlsOptions: TlsOptions;
  /** Limit for each answer, and for everything. */
  readonly timeoutMs: number;
  readonly limitMs: number;
  readonly loginBudget: number;
  readonly allowRetr: boolean;
  /** Whether a server of another domain may be contacted, which SRV or autoconfig named. */
  readonly follow: boolean | ((host: string, by: string) => Promise<boolean>);
  readonly version: string;
  readonly signal?: AbortSignal;
  /** Is told what is waited for. */
  readonly waiting?: (what: string) => void;
}
