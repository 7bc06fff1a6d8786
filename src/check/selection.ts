import type { Case } from '../dialogue/library.js';
import { nearMatches } from '../near-matches.js';

/** What follows a pattern on the command line is taken for one more. */
const LIKE_A_TARGET = /:\/\/|:\d+$|^embedded$/;

/** `--only` or `--skip` names nothing that is there. */
export class SelectionError extends Error {
  readonly code = 'NOTHING_SELECTED';
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/**
 * The cases that match a pattern of `only` (all without one) and none of `skip`. A pattern is an id or a part of
 * one at its start (`rfc1939/stat`), a clause id or a tag; `*` stands for anything.
 * Throws SelectionError for a pattern that matches nothing, and when nothing is left.
 */
export function selectCases(
  cases: readonly Case[],
  only: readonly string[],
  skip: readonly string[],
): Case[] {
  for (const pattern of [...only, ...skip]) {
    if (!cases.some((one) => matches(one, pattern))) {
      const names = new Set(cases.flatMap((one) => [...parentsOf(one), ...one.clauses, ...one.tags]));
      const near = nearMatches(pattern, [...names]);
      const meant = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
      const guess = LIKE_A_TARGET.test(pattern) ? 'name the target before the options. ' : meant;
      throw new SelectionError(
        `"${pattern}" matches no case, clause or tag`,
        `${guess}"popspec list" shows what there is`,
      );
    }
  }
  const selected = cases.filter(
    (one) =>
      (only.length === 0 || only.some((pattern) => matches(one, pattern))) &&
      !skip.some((pattern) => matches(one, pattern)),
  );
  if (selected.length === 0) {
    throw new SelectionError(
      'nothing is left to run: --skip takes out all that --only names',
      'change one of them',
    );
  }
  return selected;
}

/** Whether a case answers to an id, a part of one at its start, a clause id, a tag, or a glob over these. */
export function matches(one: Case, pattern: string): boolean {
  const glob = new RegExp(`^${pattern.replace(/\/$/, '').split('*').map(escapeRegExp).join('.*')}$`);
  return [...parentsOf(one), ...one.clauses, ...one.tags].some((name) => glob.test(name));
}

/** `rfc1939`, `rfc1939/stat`, `rfc1939/stat/empty`. */
function parentsOf({ id }: Case): string[] {
  return id.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
