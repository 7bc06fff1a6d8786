import { CHECK_OPTIONS } from './options.js';
import { several } from './values.js';

/** What does not belong to how a target is reached: selection, judgement and reports of a run, and where options came from. */
const OF_THE_RUN = ['only', 'skip', 'fail-on', 'max-inconclusive', 'targets', 'report', 'color', 'config'];
/** Holds the password of a run that had it on the command line. */
const PASSWORD_VARIABLE = 'POP3_PASSWORD';

/**
 * The arguments of `popspec check` that reach the target of these options in the same way again, for the reports: without
 * secrets. A password of the command line becomes `--password-env POP3_PASSWORD`, one of the URL is left out.
 */
export function rerunArguments(values: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(CHECK_OPTIONS).filter((name) => !OF_THE_RUN.includes(name));
  return [
    withoutPassword(String(values.target ?? 'embedded')),
    ...names.flatMap((name): string[] => {
      const value = values[name];
      if (value === undefined || value === false) return [];
      if (value === true) return [`--${name}`];
      if (name === 'password') return ['--password-env', PASSWORD_VARIABLE];
      return several(value).flatMap((one) => [`--${name}`, name === 'deliver' ? withoutPassword(one) : one]);
    }),
  ];
}

/** `pop3://me:secret@host` and `me:secret@host` without the secret; a command of `--deliver` as it is. */
function withoutPassword(text: string): string {
  if (text.startsWith('command:')) return text;
  return text.replace(/^((?:[a-z0-9+.-]+:\/\/)?[^/@:]*):[^/]*@/i, '$1@');
}
