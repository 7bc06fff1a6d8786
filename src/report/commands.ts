import type { CaseResult } from '../check/result.js';

const COMMANDS = [
  ...['USER', 'PASS', 'APOP', 'QUIT', 'STAT', 'LIST', 'RETR', 'DELE', 'NOOP', 'RSET', 'TOP', 'UIDL'],
  ...['CAPA', 'STLS', 'AUTH', 'UTF8', 'LANG'],
];
const LINE = /(?:^|\n)[ \t]*(?:[A-Z] )?C[:=] *"?([A-Za-z0-9]+)/g;

/**
 * The commands that a case is about: those that its dialogue sends, and the one that its suite file is named after. What
 * fragments send, such as the login, is left out: it would be in every case.
 */
export function commandsOf({ id, dialogue }: Pick<CaseResult, 'id' | 'dialogue'>): string[] {
  const said = new Set([...dialogue.matchAll(LINE)].map(([, word = '']) => word.toUpperCase()));
  for (const part of id.split('/')) said.add(part.toUpperCase());
  return COMMANDS.filter((command) => said.has(command));
}
