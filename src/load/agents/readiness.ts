import type { Readiness } from './protocol.js';

/** What to say when not every shard has an agent that is ready: who refuses and why, or who is missing. */
export function complaintOf(
  said: readonly (Readiness | undefined)[],
  names: readonly string[] | undefined,
): [message: string, hint: string] {
  const refusal = said.find((one) => one?.kind === 'refused');
  if (refusal !== undefined)
    return [`agent ${refusal.agent} refuses: ${refusal.why}`, 'nothing was sent to the target'];
  const of = (kind: Readiness['kind']) =>
    said.flatMap((one) => (one?.kind === kind ? [one.agent] : [])).sort();
  const ready = of('ready');
  const slow = of('taken');
  const nobody = said.length - ready.length - slow.length;
  const absent =
    names?.filter((name) => !ready.includes(name) && !slow.includes(name)) ??
    (nobody === 0 ? [] : [nobody === 1 ? 'one that never came' : `${nobody} that never came`]);
  const missing = [...slow.map((name) => `${name}, which has its shard and is not ready`), ...absent];
  const present = ready.length === 0 ? '' : ` (${ready.join(', ')})`;
  return [
    `${ready.length} of ${said.length} agents are ready${present}; missing: ${missing.join(', ')}`,
    'start the others with popspec agent --redis URL, or give them more time with --ready-within',
  ];
}
