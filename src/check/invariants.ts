import type { Expression, Scope } from '../dialogue/expression.js';
import type { Case } from '../dialogue/library.js';
import type { Finding } from '../dialogue/outcome.js';
import { quote } from '../dialogue/quote.js';
import type { Session } from '../dialogue/session.js';
import type { SessionHooks } from '../dialogue/session-types.js';
import { type BodyValue, ReplyValue } from '../dialogue/values.js';
import type { Trace } from '../wire/trace.js';

/** Witnesses kept of one invariant; more of them prove nothing more. */
const WITNESSES_MAX = 5;

/** Where the invariants of a run were broken, and by whom. */
export class Invariants {
  private readonly witnesses = new Map<string, Finding[]>();
  private readonly counts = new Map<string, number>();

  /** `capabilities` are those that the target announced before login, a line each. */
  constructor(
    private readonly cases: readonly Case[],
    private readonly capabilities: readonly string[],
  ) {}

  /** Hooks that look at every reply and content of one case's dialogue. */
  hooks(caseId: string, session: () => Session): SessionHooks {
    return {
      reply: (reply) => this.look('reply', reply, caseId, session()),
      body: (body) => this.look('body', body, caseId, session()),
      left: () => this.place(caseId, session().trace),
    };
  }

  /** Findings of one invariant over the whole run; the verdict is not yet capped by its level. */
  findings(id: string): readonly Finding[] {
    const found = this.witnesses.get(id) ?? [];
    const count = this.counts.get(id) ?? 0;
    if (count <= found.length) return found;
    return found.map((finding, index) =>
      index === 0 ? { ...finding, reason: `${finding.reason} (seen ${count} times in this run)` } : finding,
    );
  }

  /** Drops what an attempt found that is run once more. */
  forget(caseId: string): void {
    for (const [id, found] of this.witnesses) {
      const kept = found.filter((finding) => finding.witness !== caseId);
      this.counts.set(id, (this.counts.get(id) ?? 0) - (found.length - kept.length));
      this.witnesses.set(id, kept);
    }
  }

  /** Lets what the dialogue of a case has found point at its events in the transcript, which is complete now. */
  private place(caseId: string, trace: Trace): void {
    for (const [id, found] of this.witnesses) {
      const placed = found.map((finding) =>
        finding.witness === caseId ? { ...finding, event: trace.position(finding.event ?? 0) } : finding,
      );
      this.witnesses.set(id, placed);
    }
  }

  private holds(rule: Expression, about: Scope): boolean {
    return rule.evaluate({ ...about, capabilities: this.capabilities }) === true;
  }

  private look(
    every: 'reply' | 'body',
    value: ReplyValue | BodyValue,
    caseId: string,
    session: Session,
  ): void {
    for (const { id, title, invariant, place } of this.cases) {
      if (invariant?.every !== every || this.holds(invariant.holds, { [every]: value })) continue;
      this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
      const found = this.witnesses.get(id) ?? [];
      this.witnesses.set(id, found);
      if (found.length >= WITNESSES_MAX || found.some((finding) => finding.witness === caseId)) continue;
      found.push({
        verdict: 'fail',
        reason: invariant.reason ?? title,
        cause: 'reply',
        place: `${place.file}:${place.line}`,
        source: `invariant: ${invariant.holds.source}`,
        expected: [invariant.holds.source],
        actual: session.masked(
          value instanceof ReplyValue ? shown(value) : quote(value.raw().toString('latin1')),
        ),
        event: session.trace.judge(),
        witness: caseId,
      });
    }
  }
}

function shown(reply: ReplyValue): string {
  return quote(`${reply.line}${reply.crlf ? '\r\n' : '\n'}`);
}
