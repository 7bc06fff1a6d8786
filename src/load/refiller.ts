import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type Delivery, parseDelivery } from '../wire/delivery.js';
import type { Shard } from './plan.js';
import type { Refill } from './result.js';

/** Deliveries that may be under way at a time; a mail system that is slower than the rate gets no more. */
const UNDER_WAY_MAX = 64;
const BEAT_MS = 20;

/** Delivers messages to the users of a shard in turn, evenly, while the run goes on. */
export class Refiller {
  private readonly counted: Refill = { delivered: 0, failed: 0, late: 0 };
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private sent = 0;
  private beganMs = 0;

  private constructor(
    private readonly delivery: Delivery,
    private readonly messages: readonly Buffer[],
    private readonly shard: Shard,
    private readonly perSecond: number,
  ) {}

  /** Undefined where the plan asks for none. Throws DeliveryError, or when a message cannot be read. */
  static of(shard: Shard): Refiller | undefined {
    const { plan, deliver, of } = shard;
    if (plan.refill === undefined || deliver === undefined) return undefined;
    const messages = plan.refill.files.map((file) => readFileSync(file));
    return new Refiller(parseDelivery(deliver), messages, shard, plan.refill.perSecond / of);
  }

  begin(): void {
    this.beganMs = performance.now();
    this.timer = setInterval(() => this.beat(), BEAT_MS);
  }

  /** Delivers nothing more, waits for what is under way, and gives what it came to. */
  async end(): Promise<Refill> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
    return this.counted;
  }

  private beat(): void {
    const due = Math.floor(((performance.now() - this.beganMs) * this.perSecond) / 1000);
    for (; this.sent < due; this.sent++) {
      if (this.underWay.size < UNDER_WAY_MAX) this.deliver(this.sent);
      else this.counted.late++;
    }
  }

  private deliver(number: number): void {
    const user = this.shard.users[number % this.shard.users.length];
    const message = this.messages[number % this.messages.length];
    if (user === undefined || message === undefined) return;
    const delivering = this.delivery
      .deliver(message, user.name)
      .then(
        () => {
          this.counted.delivered++;
        },
        (error: unknown) => {
          this.counted.failed++;
          this.counted.error ??= error instanceof Error ? error.message : String(error);
        },
      )
      .finally(() => this.underWay.delete(delivering));
    this.underWay.add(delivering);
  }
}
