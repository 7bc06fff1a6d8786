import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Scenario } from '../dialogue/library.js';
import type { LoadPlan, PlannedScenario } from '../load/plan.js';
import { nearMatches } from '../near-matches.js';
import { UsageError } from './exit-codes.js';
import { loadSuites, type Suites } from './suites.js';
import { several } from './values.js';

const DEFAULT_SCENARIO = 'load/check-and-go';
const YAML = /\.ya?ml$/;

/** What sessions are to do. */
export interface ScenarioChoice extends Pick<LoadPlan, 'name' | 'scenarios'> {
  readonly thresholds: readonly string[];
  readonly suites: Suites;
}

interface Wish {
  readonly name: string;
  readonly weight: number;
}

/** The scenarios that `--scenario ID[=WEIGHT]` names, each an id or a file. Throws UsageError or SuiteError. */
export function scenariosOf(args: Readonly<Record<string, unknown>>): ScenarioChoice {
  const named = several(args.scenario).map(wishOf);
  const wishes = named.length === 0 ? [{ name: DEFAULT_SCENARIO, weight: 1 }] : named;
  const files = wishes.map(({ name }) => name).filter((name) => YAML.test(name));
  for (const file of files)
    if (!existsSync(file)) throw new UsageError(`--scenario ${file} is not there`, 'check the path');
  const suites = loadSuites(args, files);
  const found = wishes.map(({ name, weight }) => ({
    weight,
    scenario: YAML.test(name)
      ? scenarioOfFile(name, suites.library.scenarios)
      : scenarioById(name, suites.library.scenarios),
  }));
  const ids = found.map(({ scenario }) => scenario.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined)
    throw new UsageError(`--scenario ${twice} is given twice`, 'give it once, with a weight');
  const scenarios = found.map(({ scenario, weight }) => plannedScenario(scenario, weight));
  return {
    name: nameOf(scenarios),
    scenarios,
    thresholds: found.flatMap(({ scenario }) => scenario.thresholds),
    suites,
  };
}

/** A scenario as part of a plan. */
function plannedScenario({ id, title, deletes, source }: Scenario, weight: number): PlannedScenario {
  return { id, title, weight, deletes, source };
}

function nameOf(scenarios: readonly PlannedScenario[]): LoadPlan['name'] {
  const [first, ...others] = scenarios;
  if (first === undefined || others.length > 0) {
    const parts = scenarios.map(({ id, weight }) => `${id} ${weight}`);
    return { id: parts.join(', '), title: `A mix of ${scenarios.length} scenarios` };
  }
  return { id: first.id, title: first.title };
}

function wishOf(text: string): Wish {
  const [, name = text, weight] = /^(.*)=([^=]*)$/.exec(text) ?? [];
  if (weight === undefined) return { name, weight: 1 };
  if (!/^\d+(?:\.\d+)?$/.test(weight) || Number(weight) === 0)
    throw new UsageError(`--scenario ${text}: "${weight}" is no weight`, 'a number above 0, such as ID=70');
  return { name, weight: Number(weight) };
}

function scenarioOfFile(file: string, scenarios: readonly Scenario[]): Scenario {
  const stem = basename(file).replace(YAML, '');
  const [scenario, another] = scenarios.filter(({ id }) => id === stem || id.startsWith(`${stem}/`));
  if (scenario === undefined)
    throw new UsageError(`${file} holds no scenario`, 'docs/load.md shows how one is written');
  if (another !== undefined)
    throw new UsageError(`${file} holds several scenarios`, 'one file, one scenario');
  return scenario;
}

function scenarioById(name: string, scenarios: readonly Scenario[]): Scenario {
  const scenario = scenarios.find(({ id }) => id === name || id === `load/${name}`);
  if (scenario !== undefined) return scenario;
  const near = nearMatches(
    name,
    scenarios.map(({ id }) => id),
  );
  throw new UsageError(
    `there is no scenario "${name}"`,
    near.length === 0 ? 'popspec list --scenarios shows them' : `did you mean ${near.join(' or ')}?`,
  );
}
