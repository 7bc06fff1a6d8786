import { createServer, isIP } from 'node:net';
import type { LoadPlan } from '../load/plan.js';
import { UsageError } from './exit-codes.js';
import { single } from './values.js';

const SOURCES_MAX = 256;
const HINT = 'write addresses of this machine such as 127.0.0.2-127.0.0.9 or 10.0.0.5,10.0.0.6';

/** Reads `--source` and sees that each address belongs to this machine. Throws UsageError. */
export async function sourcesOf(args: Readonly<Record<string, unknown>>): Promise<Pick<LoadPlan, 'sources'>> {
  const text = single('source', args.source);
  if (text === undefined) return {};
  const sources = text.split(',').flatMap((part) => rangeOf(part.trim()));
  if (new Set(sources).size < sources.length)
    throw new UsageError(`--source ${text} names an address twice`, HINT);
  if (sources.length > SOURCES_MAX)
    throw new UsageError(`--source ${text} are more than ${SOURCES_MAX} addresses`, 'fewer will do');
  for (const source of sources) {
    const code = await bindingFails(source);
    if (code !== undefined)
      throw new UsageError(
        `--source ${source} is no address of this machine (${code})`,
        'ip addr shows which there are',
      );
  }
  return { sources };
}

/** An address, or all from one IPv4 address to another. */
function rangeOf(part: string): string[] {
  if (isIP(part) !== 0) return [part];
  const [first = '', last = '', more] = part.split('-');
  if (more !== undefined || isIP(first) !== 4 || isIP(last) !== 4)
    throw new UsageError(`--source ${part} is no address or range`, HINT);
  const [from, to] = [numberOf(first), numberOf(last)];
  if (to < from) throw new UsageError(`--source ${part} ends before it begins`, HINT);
  if (to - from >= SOURCES_MAX)
    throw new UsageError(`--source ${part} are more than ${SOURCES_MAX} addresses`, HINT);
  return Array.from({ length: to - from + 1 }, (_, index) => dotted(from + index));
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** The system's word for why nothing can be bound to an address; undefined when it can. */
function bindingFails(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(0, address, () => server.close(() => resolve(undefined)));
  });
}
