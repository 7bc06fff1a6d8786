import { Ledger } from '../ledger.js';
import type { LoadPlan } from '../plan.js';
import { mergeShards, nothingMeasured, type ShardResult, shardResultSchema } from '../shard-result.js';
import type { AgentTick, Readiness } from './protocol.js';

/** An agent that is ready for its shard. */
export type Member = Extract<Readiness, { kind: 'ready' }>;

/** What is known of one shard: whose it is, how it stands, what came of it. */
export class ShardRecord {
  said: Readiness | undefined;
  /** What its agent has measured; of one that is lost, what it had told. */
  readonly ended: Promise<ShardResult>;
  private end: (result: ShardResult) => void = () => undefined;
  private readonly ledgers: Ledger[] = [];
  private readonly told: number[] = [];

  constructor(
    private readonly plan: LoadPlan,
    readonly index: number,
    private readonly of: number,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  get jobId(): string {
    return `shard-${this.index + 1}`;
  }

  get member(): Member | undefined {
    return this.said?.kind === 'ready' ? this.said : undefined;
  }

  /** The numbers of its threads among those of all agents. */
  get parts(): number[] {
    const { workers = 0 } = this.member ?? {};
    return Array.from({ length: workers }, (_, part) => this.index + this.of * part);
  }

  /** Takes a tick and gives the number of the thread that it is of; undefined when it came before, as it may when Redis was away. */
  take({ part, tick }: AgentTick): number | undefined {
    const number = this.parts[part];
    if (number === undefined || tick.elapsedMs <= (this.told[part] ?? Number.NEGATIVE_INFINITY))
      return undefined;
    this.told[part] = tick.elapsedMs;
    this.ledger(part).take(tick);
    return number;
  }

  private ledger(part: number): Ledger {
    return (this.ledgers[part] ??= new Ledger(this.plan));
  }

  /** The agent has handed in what it measured. `asked`: whether it was to end before its time. */
  handedIn(value: unknown, asked: boolean): void {
    const { data } = shardResultSchema.safeParse(value);
    if (data === undefined) this.lost('what it handed in is damaged');
    else if (data.why === 'aborted' && !asked)
      this.end({ ...data, why: 'lost', losses: [this.inWords('ended early: it was interrupted')] });
    else this.end(data);
  }

  /** Nothing more will come of it. */
  lost(why: string): void {
    const words = this.inWords(`was lost: ${why}`);
    const told = this.parts.map((_, part) => this.ledger(part).lost(words));
    this.end({ ...mergeShards([...told, { ...nothingMeasured(this.plan), why: 'lost' }]), losses: [words] });
  }

  private inWords(what: string): string {
    return `agent ${this.member?.agent} (shard ${this.index + 1} of ${this.of}) ${what}`;
  }
}
