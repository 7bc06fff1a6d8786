import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Profile, Scenario } from '../dialogue/library.js';
import type { LoadPlan, PlannedScenario } from '../load/plan.js';
import { nearMatches } from '../near-matches.js';
import { UsageError } from './exit-codes.js';
import { loadSuites, type Suites } from './suites.js';
import { several, single } from './values.js';

const DEFAULT_SCENARIO = 'load/check-and-go';
const YAML = /\.ya?ml$/;

interface Wish {
  readonly name: string;
  readonly weight: number;
}

/** What sessions are to do. */
export interface ScenarioChoice extends Pick<LoadPlan, 'name' | 'scenarios'> {
  readonly thresholds: readonly string[];
  readonly suites: Suites;
  /** The options of the command, with those of the profile where the command line has none of its own. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What a profile says of the maildrops of the embedded server. */
  readonly mailbox: Profile['mailbox'];
}

/** What `--profile`, or else `--scenario ID[=WEIGHT]`, asks for; each an id or a file. Throws UsageError or SuiteError. */
export function scenariosOf(args: Readonly<Record<string, unknown>>): ScenarioChoice {
  const profile = single('profile', args.profile);
  if (profile !== undefined) return profileOf(profile, args);
  const named = several(args.scenario).map(wishOf);
  const wishes = named.length === 0 ? [{ name: DEFAULT_SCENARIO, weight: 1 }] : named;
  const suites = suitesWith(
    wishes.map(({ name }) => name),
    args,
    'scenario',
  );
  const found = wishes.map(({ name, weight }) => ({
    weight,
    scenario: YAML.test(name)
      ? scenarioOfFile(name, suites.library.scenarios)
      : byId(name, suites.library.scenarios, 'scenario'),
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
    options: args,
    mailbox: undefined,
  };
}

function profileOf(name: string, args: Readonly<Record<string, unknown>>): ScenarioChoice {
  if (args.scenario !== undefined)
    throw new UsageError('--profile and --scenario are both given', 'a profile has its scenarios');
  const suites = suitesWith([name], args, 'profile');
  const { profiles } = suites.library;
  const stem = basename(name).replace(YAML, '');
  const profile = YAML.test(name) ? profiles.find(({ id }) => id === stem) : byId(name, profiles, 'profile');
  if (profile === undefined)
    throw new UsageError(`${name} holds no profile`, 'docs/load.md shows how one is written');
  const { id, title, thresholds, mailbox } = profile;
  const ownModel = MODEL_OPTIONS.some((option) => args[option] !== undefined);
  const options = Object.entries(profile.options).filter(
    ([option]) => args[option] === undefined && !(ownModel && OF_MODEL.includes(option)),
  );
  return {
    name: { id, title },
    scenarios: profile.scenarios.map(({ scenario, weight }) => plannedScenario(scenario, weight)),
    thresholds,
    suites,
    options: { ...args, ...Object.fromEntries(options) },
    mailbox,
  };
}

/** Who gives one of these has another model in mind than the profile; what belongs to that goes with it. */
const MODEL_OPTIONS = ['rate', 'sessions'];
const OF_MODEL = ['rate', 'max-sessions', 'poisson', 'sessions', 'ramp', 'pacing'];

/** The suites, with those of `names` that are files. */
function suitesWith(
  names: readonly string[],
  args: Readonly<Record<string, unknown>>,
  option: string,
): Suites {
  const files = names.filter((name) => YAML.test(name));
  for (const file of files)
    if (!existsSync(file)) throw new UsageError(`--${option} ${file} is not there`, 'check the path');
  return loadSuites(args, files, 'scenarios');
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

function byId<T extends { readonly id: string }>(name: string, all: readonly T[], what: string): T {
  const found = all.find(({ id }) => id === name || id === `load/${name}`);
  if (found !== undefined) return found;
  const ids = all.map(({ id }) => id);
  const [near] = [...nearMatches(name, ids), ...nearMatches(`load/${name}`, ids)];
  throw new UsageError(
    `there is no ${what} "${name}"`,
    near === undefined ? 'popspec list --scenarios shows them' : `did you mean ${near}?`,
  );
}
