import yargs from 'yargs';
import { checkCommand } from './check.js';
import { configFor } from './config.js';
import { EXIT, UsageError } from './exit-codes.js';
import { explainCommand, listCommand } from './explain.js';
import { loadCommand } from './load.js';
import {
  CHECK_OPTIONS,
  LOAD_OPTIONS,
  LOOK_OPTIONS,
  type Options,
  REPORT_OPTIONS,
  SERVE_OPTIONS,
} from './options.js';
import { version } from './paths.js';
import { reportCommand } from './report.js';
import { serveCommand } from './serve.js';

/** A command: its synopsis, its options and what it does. Gives the exit code. */
interface Command {
  readonly synopsis: string;
  readonly about: string;
  readonly options: Options;
  readonly run: (args: Readonly<Record<string, unknown>>) => Promise<number>;
}

const COMMANDS: readonly Command[] = [
  {
    synopsis: 'check [target]',
    about: 'run the conformance suites against a server',
    options: CHECK_OPTIONS,
    run: checkCommand,
  },
  {
    synopsis: 'load [target]',
    about: 'run a load scenario against a server',
    options: LOAD_OPTIONS,
    run: loadCommand,
  },
  {
    synopsis: 'serve',
    about: 'the embedded server: conforming, or with faults',
    options: SERVE_OPTIONS,
    run: serveCommand,
  },
  {
    synopsis: 'report <result..>',
    about: 'render results of earlier runs again',
    options: REPORT_OPTIONS,
    run: reportCommand,
  },
  { synopsis: 'list', about: 'cases, scenarios or faults', options: LOOK_OPTIONS, run: listCommand },
  {
    synopsis: 'explain <id..>',
    about: 'a case, a clause, an RFC or a fault',
    options: { suite: LOOK_OPTIONS.suite },
    run: explainCommand,
  },
];

/** Runs popspec with these arguments and gives the exit code. Results go to standard output, everything else to standard error. */
export async function run(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.usage;
  let ran = false;
  const cli = yargs([...argv])
    .scriptName('popspec')
    .usage('$0 <command>\n\nPOP3 conformance and load testing')
    .version(version())
    .help()
    .alias('help', 'h')
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .parserConfiguration({
      'camel-case-expansion': false,
      'boolean-negation': true,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .exitProcess(false)
    .fail(false)
    .strict()
    .recommendCommands()
    .demandCommand(1, 'a command is missing')
    .epilogue(
      'Exit codes: 0 passed, 1 failed, 2 usage, 3 target unreachable, 4 internal, 5 invalid run, 130 interrupted',
    );
  for (const command of COMMANDS) {
    const name = command.synopsis.split(' ')[0] ?? '';
    cli.command(
      command.synopsis,
      command.about,
      (builder) =>
        builder.options(command.options).config(configFor(name, argv, Object.keys(command.options))),
      async (args) => {
        ran = true;
        code = await command.run(args);
      },
    );
  }
  try {
    await cli.parseAsync();
    return ran ? code : EXIT.passed;
  } catch (error) {
    return complain(error);
  }
}

/** Says what went wrong in one message and gives the exit code for it. */
function complain(error: unknown): number {
  const { message, hint, code } = error as { message?: string; hint?: string; code?: string };
  const text = message ?? String(error);
  const ours =
    typeof code === 'string' &&
    /^(USAGE|SUITE|LOAD|REPORT|DELIVERY|NOTHING|unknown-|bad-|listen-)/.test(code);
  const fromYargs = error instanceof Error && error.name === 'YError';
  process.stderr.write(`popspec: ${text}\n`);
  if (hint !== undefined && !text.includes(hint)) process.stderr.write(`  ${hint}\n`);
  if (fromYargs)
    process.stderr.write('  popspec --help lists commands, popspec COMMAND --help its options\n');
  if (ours || fromYargs || error instanceof UsageError) return EXIT.usage;
  process.stderr.write('  this is a defect of popspec; please report it with the command line and this:\n');
  if (error instanceof Error && error.stack !== undefined)
    process.stderr.write(`${error.stack.split('\n').slice(1, 5).join('\n')}\n`);
  return EXIT.internal;
}
