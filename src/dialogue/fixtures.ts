import type { Buffer } from 'node:buffer';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

const NAME = /^[a-z0-9-]+\.eml$/;

/**
 * Reads fixtures of a folder by name, each once. The name can only be that of a file in the folder itself, also where it is a
 * link: suites may come from strangers, and what is read here is delivered and shown.
 */
export function fixtureReader(dir: string): (name: string) => Buffer {
  const known = new Map<string, Buffer>();
  return (name) => {
    const cached = known.get(name);
    if (cached !== undefined) return cached;
    if (!NAME.test(name)) throw new Error(`"${name}" is not the name of a fixture, such as plain.eml`);
    let bytes: Buffer;
    try {
      const path = realpathSync(join(dir, name));
      if (dirname(path) !== realpathSync(dir)) throw new Error('a link that leads elsewhere');
      bytes = readFileSync(path);
    } catch {
      throw new Error(`there is no fixture ${name} in ${dir}`);
    }
    known.set(name, bytes);
    return bytes;
  };
}

/** Name of the variable that holds the message-number of a fixture: `leading-dots.eml` gives `leading_dots`. */
export function fixtureVariable(name: string): string {
  return name.replace(/\.eml$/, '').replace(/-/g, '_');
}
