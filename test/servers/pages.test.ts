import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { START } from './start.js';
import { library } from './suite.js';

/** Every accusation in `verdicts/` is explained on the server's page in docs/servers/. */

const VERDICTS = new URL('verdicts/', import.meta.url);

for (const server of Object.keys(START)) {
  describe(server, () => {
    const page = readFileSync(new URL(`../../docs/servers/${server}.md`, import.meta.url), 'utf8');

    test('names each case with fail among the deviations, and each one with warn', () => {
      const deviations = page.split(/^## /m).find((part) => part.startsWith('Deviations')) ?? '';
      expect(unnamed(withVerdict(server, 'fail'), deviations)).toEqual([]);
      expect(unnamed(withVerdict(server, 'warn'), page)).toEqual([]);
    });

    test('names no case that there is not', () => {
      const ids = library.cases.map(({ id }) => id);
      const unknown = namedIn(page).filter((name) => !ids.some((id) => covers(name, id)));
      expect(unknown).toEqual([]);
    });
  });
}

/** Ids that have a verdict in any of a server's files. */
function withVerdict(server: string, verdict: string): string[] {
  const files = readdirSync(VERDICTS).filter((file) => file.split(/[-.]/)[0] === server);
  const ids = files.flatMap((file) =>
    Object.entries(JSON.parse(readFileSync(new URL(file, VERDICTS), 'utf8')))
      .filter(([, one]) => one === verdict)
      .map(([id]) => id),
  );
  return [...new Set(ids)];
}

function unnamed(ids: readonly string[], text: string): string[] {
  const names = namedIn(text);
  return ids.filter((id) => !names.some((name) => covers(name, id)));
}

/** What is named as a case: `suite/file/case`, `suite/file/{one,other}` for several, `suite/file/*` for all. */
function namedIn(text: string): string[] {
  const prose = text.replace(/^ *```.*?^ *```$/gms, '');
  return [...prose.matchAll(/`((?:rfc\d+|security)\/[^`]+)`/g)].flatMap(([, name = '']) => spelledOut(name));
}

function spelledOut(name: string): string[] {
  const [, before = '', choice, after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(name) ?? [];
  if (choice === undefined) return [name];
  return choice.split(',').flatMap((one) => spelledOut(`${before}${one}${after}`));
}

function covers(name: string, id: string): boolean {
  return name === id || (name.endsWith('/*') && id.startsWith(name.slice(0, -1)));
}
