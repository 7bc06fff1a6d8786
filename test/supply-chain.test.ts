import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly resolved?: string;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const { dependencies, optionalDependencies = {} } = read('package.json');
const packages: [string, Locked][] = Object.entries(
  read('package-lock.json').packages as Record<string, Locked>,
).filter(([path]) => path !== '');
const atRunTime = packages.filter(([, { dev }]) => dev !== true);

test('no package that runs with popspec has an install script', () => {
  expect(atRunTime.length).toBeGreaterThan(Object.keys(dependencies).length);
  const scripted = atRunTime.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  // An addon that msgpackr, which BullMQ uses, does without where it was not built.
  const known = ['node_modules/msgpackr-extract'];
  expect(scripted.map(([path]) => path).filter((path) => !known.includes(path))).toEqual([]);
});

test('every package comes from the registry, pinned by its hash', () => {
  for (const [path, { integrity, resolved }] of packages) {
    expect(integrity, path).toMatch(/^sha(512|1)-/);
    expect(resolved ?? 'https://registry.npmjs.org/', path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
  }
});

test('the packages asked for are few', () => {
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(20);
  expect(Object.keys(optionalDependencies).length).toBeLessThanOrEqual(2);
});
