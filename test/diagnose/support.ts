import { resolve } from 'node:path';
import { diagnose } from '../../src/diagnose/diagnose.js';
import type { DiagnoseOptions } from '../../src/diagnose/options.js';
import { loadProviders } from '../../src/diagnose/provider.js';
import type { DiagnoseResult } from '../../src/diagnose/result.js';
import type { Subject } from '../../src/diagnose/subject.js';
import { loadLibrary } from '../../src/dialogue/library.js';

export const library = loadLibrary(resolve('suites'), [], 'scenarios');
export const providers = loadProviders(resolve('suites/providers'));

/** Diagnoses with limits fit for a loopback; name servers and documents are those given, and none of the network. */
export function diagnosed(
  subject: Partial<Subject> & Pick<Subject, 'domain'>,
  options: Partial<Omit<DiagnoseOptions, 'subject'>> = {},
): Promise<DiagnoseResult> {
  return diagnose({
    subject: { kind: 'host', shown: subject.domain, ...subject },
    providers,
    library,
    dns: ['127.0.0.1:1'],
    connectTo: [],
    tlsOptions: {},
    timeoutMs: 5000,
    limitMs: 60_000,
    loginBudget: 3,
    allowRetr: false,
    follow: false,
    version: '0.0.0',
    ...options,
  });
}

export const first = ({ causes }: DiagnoseResult): string | undefined => causes[0]?.id;
