import type { CheckResult } from '../check/result.js';

/** The command line that runs one case of a check again, as a POSIX shell reads it. It holds no secret. */
export function rerunCommand(doc: CheckResult, id: string): string {
  return `${rerunPrefix(doc)}${shellWord(id)}`;
}

/** That command line up to the id of the case. */
export function rerunPrefix({ options, target }: CheckResult): string {
  const words = ['popspec', 'check', ...(options.arguments ?? [target.url]), '--only'];
  return `${words.map(shellWord).join(' ')} `;
}

/** A word as a POSIX shell reads it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
