import type { LoadPlan } from '../load/plan.js';
import { parseDelivery } from '../wire/delivery.js';
import type { Warn } from './accounts.js';
import { UsageError } from './exit-codes.js';
import { durationMs, number, single } from './values.js';

const REFILL_MOST = 10_000;

/** How mailboxes fill again while a run goes on. */
export interface RefillWish {
  readonly plan: Pick<LoadPlan, 'refill'>;
  readonly deliver: string | undefined;
}

/** Reads `--refill` and `--deliver`; `files` are the messages. Throws UsageError or DeliveryError. */
export function refillOf(args: Readonly<Record<string, unknown>>, files: readonly string[]): RefillWish {
  const perSecond = number('refill', args.refill, { least: 0.01, most: REFILL_MOST, integer: false });
  const deliver = single('deliver', args.deliver);
  if (perSecond === undefined && deliver === undefined) return { plan: {}, deliver };
  if (perSecond === undefined)
    throw new UsageError('--deliver is given, and no rate', 'add --refill with messages per second');
  if (deliver === undefined)
    throw new UsageError(
      '--refill is given, and no way to deliver',
      'add --deliver smtp://…, lmtp://…, maildir:DIR or command:CMD',
    );
  const { description } = parseDelivery(deliver);
  return { plan: { refill: { perSecond, by: description, files } }, deliver };
}

/** The time that users rest: `--login-delay`, or what CAPA announces (RFC 2449 §6.5). Throws UsageError. */
export function loginDelayOf(
  args: Readonly<Record<string, unknown>>,
  capabilities: readonly string[],
  users: number,
  tell: Warn,
): Pick<LoadPlan, 'loginDelayMs'> {
  const asked = args['login-delay'];
  if (String(asked) === '0') return {};
  if (asked !== undefined) return { loginDelayMs: durationMs('login-delay', asked, 0) };
  const announced = capabilities
    .map((line) => /^LOGIN-DELAY (\d{1,9})\b/i.exec(line)?.[1])
    .find((found) => found);
  const seconds = Number(announced ?? 0);
  if (seconds === 0) return {};
  tell(
    `the server announces LOGIN-DELAY ${seconds}: each user rests ${seconds} s between two sessions, so ${users} users make at most ${Number((users / seconds).toPrecision(3))} sessions/s (--login-delay 0 to do without)`,
  );
  return { loginDelayMs: seconds * 1000 };
}
