import type { Buffer } from 'node:buffer';
import { basename, join, relative } from 'node:path';
import type { Environment } from '@marcbachmann/cel-js';
import type { Outcome, Statement } from './ast.js';
import { compileDialogue } from './compile.js';
import { createEnvironment } from './environment.js';
import { type SourcePlace, SuiteError } from './errors.js';
import { type Expression, Names, type Scope } from './expression.js';
import { fixtureReader, fixtureVariable } from './fixtures.js';
import { parseDialogue } from './parse.js';
import type { Program } from './program.js';
import { fill, rowValues, TABLE_TYPE, typeOf } from './rows.js';
import { compileScenario, type DialogueText, type ScenarioSource } from './scenario.js';
import {
  type CaseHead,
  type Level,
  type Needs,
  type ProfileHead,
  type Row,
  type ScenarioHead,
  suiteSchema,
} from './suite.js';
import { suiteFiles } from './suite-files.js';
import { readYamlFile, type YamlFile } from './yaml-file.js';

/** A rule over every reply or content of a run. */
export interface Invariant {
  readonly every: 'reply' | 'body';
  readonly holds: Expression;
  readonly reason: string | undefined;
}

/** A case ready to run; one for each row of a table. */
export interface Case {
  /** `rfc1939/stat/drop-listing`, with the row behind it where there is one. */
  readonly id: string;
  readonly title: string;
  /** `suites/rfc1939/stat.yaml` and line. */
  readonly place: SourcePlace;
  readonly level: Level;
  readonly clauses: readonly string[];
  readonly why: string | undefined;
  readonly state: CaseHead['state'];
  readonly needs: Needs;
  readonly slow: boolean;
  readonly tags: readonly string[];
  readonly catches: readonly string[];
  readonly invariant: Invariant | undefined;
  /** The dialogue as written. */
  readonly dialogue: string;
  /** The line of the suite file that its first line is. */
  readonly dialogueLine: number;
  readonly program: Program;
  /** Values of the row, and the tables of the file, by name. */
  readonly row: Readonly<Scope>;
}

/** A load scenario ready to run. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly place: SourcePlace;
  readonly deletes: boolean;
  readonly thresholds: readonly string[];
  readonly dialogue: string;
  /** What `program` was made from. */
  readonly source: ScenarioSource;
  readonly program: Program;
}

/** A load profile: scenarios with their weights, and options of the load command by their names. */
export interface Profile {
  readonly id: string;
  readonly title: string;
  readonly place: SourcePlace;
  readonly scenarios: readonly { readonly scenario: Scenario; readonly weight: number }[];
  readonly thresholds: readonly string[];
  readonly options: Omit<ProfileHead, 'title' | 'about' | 'scenarios' | 'thresholds' | 'mailbox'>;
  readonly mailbox: ProfileHead['mailbox'];
}

/** Everything that the suite files of a folder define. */
export interface Library {
  readonly cases: readonly Case[];
  readonly scenarios: readonly Scenario[];
  readonly profiles: readonly Profile[];
  readonly fixture: (name: string) => Buffer;
  /** Compiles a dialogue of the tool itself with the shared fragments; no prologue. */
  compile(dialogue: string, name: string, variables?: ReadonlyMap<string, string>): Program;
}

interface Found {
  readonly name: string;
  readonly file: YamlFile<ReturnType<typeof suiteSchema.parse>>;
}

/**
 * How much of the suites is made ready: `everything` at once; `on demand`, which puts the dialogue of a case off until it is first
 * used, for suites that are known to be sound; or `scenarios` and profiles alone, without cases.
 */
export type Extent = 'everything' | 'on demand' | 'scenarios';

/**
 * Reads every suite file below `dir` and the scenario files in `extra`, and compiles what they define.
 * Throws a SuiteError with file, line and column at the first mistake; nothing has been sent then.
 */
export function loadLibrary(
  dir: string,
  extra: readonly string[] = [],
  extent: Extent = 'everything',
): Library {
  const fixture = fixtureReader(join(dir, 'mail'));
  const environment = createEnvironment(fixture);
  const found: Found[] = suiteFiles(dir).map((path) => {
    const name = relative(dir, path)
      .replace(/\\/g, '/')
      .replace(/\.yaml$/, '');
    return { name, file: readYamlFile(path, suiteSchema, join(basename(dir), relative(dir, path))) };
  });
  for (const path of extra) {
    found.push({ name: basename(path).replace(/\.ya?ml$/, ''), file: readYamlFile(path, suiteSchema) });
  }
  const shared = new Map<string, readonly Statement[]>();
  const texts: Record<string, DialogueText> = {};
  for (const { name, file } of found) {
    if (name !== 'fragments') continue;
    parseFragments(file, shared);
    Object.assign(texts, fragmentTexts(file));
  }
  const builder = new Builder(environment, fixture, shared, { fragments: texts, mail: join(dir, 'mail') });
  for (const { name, file } of found) builder.add(name, file, extent);
  const compile: Library['compile'] = (dialogue, name, variables = new Map()) =>
    compileDialogue(parseDialogue(dialogue, { file: name, line: 1, column: 1 }), {
      environment,
      variables,
      fragments: shared,
      prologue: [],
    });
  const profiles = found.flatMap(({ name, file }) => profileOf(name, file, builder.scenarios) ?? []);
  return { cases: builder.cases, scenarios: builder.scenarios, profiles, fixture, compile };
}

function profileOf(name: string, file: Found['file'], known: readonly Scenario[]): Profile | undefined {
  if (file.data.profile === undefined) return undefined;
  const { title, about: _, scenarios, thresholds, mailbox, ...options } = file.data.profile;
  const chosen = Object.entries(scenarios).map(([id, weight]) => {
    const [scenario] = [`${name}/${id}`, id, `load/${id}`].flatMap(
      (wanted) => known.find((one) => one.id === wanted) ?? [],
    );
    if (scenario === undefined)
      throw new SuiteError(`there is no scenario ${id}`, file.placeOf(['profile', 'scenarios', id]));
    return { scenario, weight };
  });
  return {
    id: name,
    title,
    place: file.placeOf(['profile']),
    scenarios: chosen,
    thresholds,
    options,
    mailbox,
  };
}

function parseFragments(file: Found['file'], into: Map<string, readonly Statement[]>): void {
  for (const [name, text] of Object.entries(file.data.fragments ?? {})) {
    into.set(name, parseDialogue(text, file.blockOrigin(['fragments', name])));
  }
}

function fragmentTexts(file: Found['file']): Record<string, DialogueText> {
  const named = Object.entries(file.data.fragments ?? {});
  return Object.fromEntries(
    named.map(([name, text]) => [name, { text, origin: file.blockOrigin(['fragments', name]) }]),
  );
}

const PROLOGUE: Readonly<Record<CaseHead['state'], readonly string[]>> = {
  none: [],
  authorization: ['open'],
  transaction: ['session'],
};

/** The dialogue of an invariant only provokes replies: what else goes wrong in it is the matter of other cases. */
const ABOUT_NOTHING: Outcome = { verdict: 'blocked', reason: undefined };

class Builder {
  readonly cases: Case[] = [];
  readonly scenarios: Scenario[] = [];
  private readonly ids = new Set<string>();

  constructor(
    private readonly environment: Environment,
    private readonly fixture: (name: string) => Buffer,
    private readonly shared: ReadonlyMap<string, readonly Statement[]>,
    private readonly texts: Pick<ScenarioSource, 'fragments' | 'mail'>,
  ) {}

  add(name: string, file: Found['file'], extent: Extent): void {
    const fragments = new Map(this.shared);
    if (name !== 'fragments') parseFragments(file, fragments);
    const before = this.cases.length;
    for (const [index, head] of (extent === 'scenarios' ? [] : (file.data.cases ?? [])).entries())
      this.addCase(name, file, head, index, fragments);
    if (extent === 'everything') prepare(this.cases.slice(before));
    for (const [index, head] of (file.data.scenarios ?? []).entries()) {
      this.addScenario(name, file, head, index);
    }
  }

  private addScenario(name: string, file: Found['file'], head: ScenarioHead, index: number): void {
    const path = ['scenarios', index] as const;
    const id = this.unique(
      name.endsWith(`/${head.id}`) || name === head.id ? name : `${name}/${head.id}`,
      file,
      path,
    );
    const source: ScenarioSource = {
      dialogue: { text: head.dialogue, origin: file.blockOrigin([...path, 'dialogue']) },
      fragments: { ...this.texts.fragments, ...(name === 'fragments' ? {} : fragmentTexts(file)) },
      mail: this.texts.mail,
    };
    const program = compileScenario(source, this.environment);
    if (program.deletes && !head.deletes) {
      throw new SuiteError(
        'the dialogue says DELE',
        file.placeOf([...path, 'dialogue']),
        'say deletes: true',
      );
    }
    const { title, deletes, thresholds, dialogue } = head;
    this.scenarios.push({
      id,
      title,
      place: file.placeOf(path),
      deletes,
      thresholds,
      dialogue,
      source,
      program,
    });
  }

  private addCase(
    name: string,
    file: Found['file'],
    head: CaseHead,
    index: number,
    fragments: ReadonlyMap<string, readonly Statement[]>,
  ): void {
    const path = ['cases', index] as const;
    const origin = file.blockOrigin([...path, 'dialogue']);
    const statements = once(() => parseDialogue(head.dialogue, origin));
    for (const mail of head.needs.mail ?? []) this.requireFixture(mail, file.placeOf([...path, 'needs']));
    const tables = Object.entries(file.data.tables ?? {}).map(
      ([key, rows]) => [key, rows.map(rowValues)] as const,
    );
    for (const { row, place } of this.rows(file, head, path)) {
      const values = rowValues(row);
      const variables = new Map<string, string>(tables.map(([key]) => [key, TABLE_TYPE]));
      for (const mail of head.needs.mail ?? []) variables.set(fixtureVariable(mail), 'int');
      for (const [key, value] of Object.entries(values)) variables.set(key, typeOf(value));
      const program = once(() =>
        compileDialogue(statements(), {
          environment: this.environment,
          variables,
          declared: place,
          fragments,
          prologue: PROLOGUE[head.state],
          ...(head.invariant === undefined ? {} : { otherwise: ABOUT_NOTHING }),
        }),
      );
      this.cases.push({
        id: this.unique([name, head.id, ...(row === undefined ? [] : [row.row])].join('/'), file, path),
        title: fill(head.title, 'the title', values, place),
        place,
        level: head.level,
        clauses: [...head.clauses.map((id) => fill(id, 'clauses', values, place)), ...(row?.clauses ?? [])],
        why: head.why,
        state: head.state,
        needs: head.needs,
        slow: head.slow ?? false,
        tags: head.tags,
        catches: [...head.catches.map((id) => fill(id, 'catches', values, place)), ...(row?.catches ?? [])],
        invariant: this.invariant(head, file, path),
        dialogue: head.dialogue,
        dialogueLine: origin.line,
        get program() {
          return program();
        },
        row: { ...Object.fromEntries(tables), ...values },
      });
    }
  }

  /** The rows of a case with their places; one undefined row where it has none. */
  private rows(
    file: Found['file'],
    { each, table, where }: CaseHead,
    path: readonly PropertyKey[],
  ): { row: Row | undefined; place: SourcePlace }[] {
    const placed = (rows: readonly Row[], at: readonly PropertyKey[]) =>
      rows.map((row, index) => ({ row, place: file.placeOf([...at, index, 'row']) }));
    if (table === undefined) {
      if (where !== undefined)
        throw new SuiteError(
          '"where" chooses rows of a table',
          file.placeOf([...path, 'where']),
          'add table: NAME',
        );
      return each === undefined
        ? [{ row: undefined, place: file.placeOf([...path, 'id']) }]
        : placed(each, [...path, 'each']);
    }
    const place = file.placeOf([...path, 'table']);
    const rows = file.data.tables?.[table];
    if (rows === undefined) throw new SuiteError(`this file has no table "${table}"`, place);
    if (each !== undefined) throw new SuiteError('a case has rows of its own or of a table, not both', place);
    const at = file.blockOrigin([...path, 'where']);
    const chosen = placed(rows, ['tables', table]).filter(
      ({ row }) => where === undefined || this.holdsFor(row, where, at),
    );
    if (chosen.length === 0) throw new SuiteError(`no row of the table "${table}" is chosen`, place);
    return chosen;
  }

  private holdsFor(row: Row, condition: string, at: SourcePlace): boolean {
    const values = rowValues(row);
    const names = new Names(this.environment);
    for (const [key, value] of Object.entries(values)) names.declare(key, typeOf(value), at);
    return names.compile(condition, at, 'bool').evaluate(values) === true;
  }

  private invariant(
    head: CaseHead,
    file: Found['file'],
    path: readonly PropertyKey[],
  ): Invariant | undefined {
    if (head.invariant === undefined) return undefined;
    const place = file.blockOrigin([...path, 'invariant', 'holds']);
    const holds = new Names(this.environment).compile(head.invariant.holds, place, 'bool');
    return { every: head.invariant.every, holds, reason: head.invariant.reason };
  }

  private requireFixture(name: string, place: SourcePlace): void {
    try {
      this.fixture(name);
    } catch (error) {
      throw new SuiteError((error as Error).message, place);
    }
  }

  private unique(id: string, file: Found['file'], path: readonly PropertyKey[]): string {
    if (this.ids.has(id)) throw new SuiteError(`the id ${id} is there twice`, file.placeOf([...path, 'id']));
    this.ids.add(id);
    return id;
  }
}

/** Compiles the dialogues of these cases. Throws a SuiteError at the first mistake. */
export function prepare(cases: readonly Case[]): void {
  for (const one of cases) void one.program;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
