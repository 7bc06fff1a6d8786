import { nearMatches } from '../../near-matches.js';
import { ServeError } from '../errors.js';
import type { Hostile } from './hostile.js';
import { hostiles } from './index.js';

const byId = new Map(hostiles.map((hostile) => [hostile.id, hostile]));

export function hostileById(id: string): Hostile | undefined {
  return byId.get(id);
}

/** Reads `id` or `id=number`. Throws ServeError. */
export function hostileNamed(name: string): { hostile: Hostile; number: number } {
  const [, id = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(name) ?? [];
  const hostile = byId.get(id);
  if (hostile === undefined) {
    const [near] = nearMatches(id, [...byId.keys()]);
    throw new ServeError(
      'unknown-hostile',
      `there is no hostile behaviour ${JSON.stringify(id)}`,
      near === undefined ? 'popspec list --hostile shows them' : `did you mean ${near}?`,
    );
  }
  const { parameter } = hostile;
  if (value === undefined) return { hostile, number: parameter?.usual ?? 0 };
  const usage =
    parameter === undefined ? `just ${id}` : `such as ${id}=${parameter.usual}: ${parameter.means}`;
  if (parameter === undefined || !/^\d{1,9}$/.test(value))
    throw new ServeError('bad-option', `${JSON.stringify(name)} cannot be understood`, usage);
  return { hostile, number: Number(value) };
}
