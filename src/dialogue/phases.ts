import type { SessionHooks } from './session-types.js';

/** The phases of a dialogue that are open, innermost last; tells their ends to the hooks. */
export class Phases {
  private readonly open: { readonly name: string; sinceMs: number }[] = [];

  constructor(private readonly hooks: SessionHooks | undefined) {}

  get depth(): number {
    return this.open.length;
  }

  begin(name: string, nowMs: number): void {
    this.open.push({ name, sinceMs: nowMs });
  }

  /** The innermost phase has come to its end. */
  end(nowMs: number): void {
    const phase = this.open.pop();
    if (phase !== undefined) this.tell(phase.name, true, nowMs - phase.sinceMs);
  }

  /** Forgets those within the first `depth`: they begin anew. */
  unwind(depth: number): void {
    this.open.length = depth;
  }

  /** The dialogue is over. */
  endAll(ok: boolean, nowMs: number): void {
    for (const { name, sinceMs } of this.open) this.tell(name, ok, nowMs - sinceMs);
    this.open.length = 0;
  }

  tell(name: string, ok: boolean, ms: number): void {
    this.hooks?.phase?.(name, ok, ms * 1000);
  }

  /** The time that a simulated reader takes counts for no phase. */
  thought(ms: number): void {
    for (const phase of this.open) phase.sinceMs += ms;
    this.hooks?.thought?.(ms * 1000);
  }
}
