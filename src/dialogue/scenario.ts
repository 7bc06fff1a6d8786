import type { Environment } from '@marcbachmann/cel-js';
import type { Statement } from './ast.js';
import { compileDialogue } from './compile.js';
import { createEnvironment } from './environment.js';
import type { SourcePlace } from './errors.js';
import { fixtureReader } from './fixtures.js';
import { parseDialogue } from './parse.js';
import type { Program } from './program.js';

/** Text of a dialogue and where it stands. */
export interface DialogueText {
  readonly text: string;
  readonly origin: SourcePlace;
}

/** What a load scenario is made from, as plain data: it can be sent to another thread and compiled there. */
export interface ScenarioSource {
  readonly dialogue: DialogueText;
  readonly fragments: Readonly<Record<string, DialogueText>>;
  /** Folder of the fixtures that `file()` reads. */
  readonly mail: string;
}

/** Compiles a scenario; connecting, TLS and login come before its first line. Throws SuiteError. */
export function compileScenario(
  { dialogue, fragments, mail }: ScenarioSource,
  environment: Environment = createEnvironment(fixtureReader(mail)),
): Program {
  const parsed = new Map<string, readonly Statement[]>();
  for (const [name, { text, origin }] of Object.entries(fragments))
    parsed.set(name, parseDialogue(text, origin));
  return compileDialogue(parseDialogue(dialogue.text, dialogue.origin), {
    environment,
    variables: new Map(),
    fragments: parsed,
    prologue: ['session'],
  });
}
