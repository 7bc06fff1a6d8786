import { type Document, isMap, isScalar, parseDocument, YAMLMap } from 'yaml';
import type { Case } from '../dialogue/library.js';
import { type Baseline, dayOf, overlay } from './baseline.js';
import { failsOn } from './exit.js';
import type { CaseResult, CheckResult } from './result.js';

const HEAD = ` Findings of popspec check that are known: with --baseline they do not make it fail.
 An entry is a case or a clause. It makes the run fail when it passes, and after the day it expires.`;

/** What changed in a baseline file; ids of entries. */
export interface BaselineUpdate {
  readonly text: string;
  readonly added: readonly string[];
  /** No case has them any more. */
  readonly removed: readonly string[];
  /** A warning that fails now: the verdict was changed. */
  readonly changed: readonly string[];
  readonly kept: readonly string[];
  /** Among those that are kept. */
  readonly expired: readonly string[];
}

/** What new entries say. */
export interface NewEntries {
  /** Undefined: what was found, for want of a reason. */
  readonly reason: string | undefined;
  /** A day like 2026-03-31, or `never`. */
  readonly expires: string;
}

/**
 * Brings a baseline up to a result: entries whose finding is gone are removed, findings that would make the run fail are
 * added, and all that stays is left as it stands, comments too. `text` is what the file holds, `baseline` the same as read.
 */
export function updateBaseline(
  text: string,
  baseline: Baseline,
  doc: CheckResult,
  cases: readonly Case[],
  { reason, expires }: NewEntries,
): BaselineUpdate {
  const today = dayOf(new Date(doc.startedAt));
  const { entries } = overlay(baseline, doc.cases, cases, today).baseline;
  const having = (state: string) => entries.filter((entry) => entry.state === state).map(({ id }) => id);
  const [removed, changed, expired] = [having('fixed'), having('worse'), having('expired')];
  const file = parseDocument(text);
  const map = mapOf(file, text);
  for (const id of removed) map.delete(id);
  for (const id of changed) file.setIn([id, 'verdict'], 'fail');
  // What an expired entry covers is told as expired, not put in a second time.
  const covering = entries.filter(({ state }) => state !== 'fixed');
  const fresh = doc.cases.filter(
    (result) =>
      failsOn(doc.options.failOn, result) &&
      !covering.some(
        ({ id, verdict, state }) =>
          (id === result.id || result.clauses.includes(id)) &&
          (verdict === result.verdict || state === 'worse'),
      ),
  );
  for (const result of fresh) {
    const value = { verdict: result.verdict, reason: reason ?? foundIn(result), date: today, expires };
    const pair = file.createPair(result.id, value);
    if (isScalar(pair.key)) pair.key.spaceBefore = map.items.length > 0;
    map.add(pair, true);
  }
  return {
    text: file.toString({ lineWidth: 0 }),
    added: fresh.map(({ id }) => id),
    removed,
    changed,
    expired,
    kept: entries.map(({ id }) => id).filter((id) => !removed.includes(id)),
  };
}

function mapOf(file: Document, text: string): YAMLMap {
  if (isMap(file.contents)) return file.contents;
  const map = new YAMLMap(file.schema);
  file.contents = map;
  if (text.trim() === '') file.commentBefore = HEAD;
  return map;
}

function foundIn(result: CaseResult): string {
  const finding = result.findings.find(({ verdict }) => verdict === result.verdict);
  return `no reason given yet; found: ${finding?.reason ?? result.title}`;
}
