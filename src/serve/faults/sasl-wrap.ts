import type { Behaviour } from '../behaviour.js';
import type { Exchange, Mechanism } from '../sasl/exchange.js';
import type { Session } from '../session.js';

/** Replaces the exchange of a mechanism by one that may run it. */
export function wrapExchange(
  b: Behaviour,
  name: string,
  wrap: (s: Session, next: Mechanism['run']) => Exchange,
): void {
  const mechanism = b.sasl.mechanisms.get(name);
  if (mechanism === undefined) return;
  const next = mechanism.run;
  b.sasl.mechanisms.set(name, { ...mechanism, run: (s) => wrap(s, next) });
}

/** Changes the first message of the client before the mechanism sees it; null makes it malformed. */
export function changeFirstMessage(
  b: Behaviour,
  name: string,
  change: (message: Buffer) => Buffer | null,
): void {
  wrapExchange(b, name, function* (s, next): Exchange {
    const exchange = next(s);
    let step = exchange.next();
    const message = step.done === true ? null : change(yield step.value);
    if (message === null) return null;
    step = exchange.next(message);
    while (step.done !== true) step = exchange.next(yield step.value);
    return step.value;
  });
}
