import yargs from 'yargs';
import { nearMatches } from '../near-matches.js';
import { agentCommand } from './agent.js';
import { baselineCommand } from './baseline.js';
import { checkCommand } from './check.js';
import { compareCommand } from './compare.js';
import { configFor } from './config.js';
import { diagnoseCommand } from './diagnose.js';
import { EXIT, UsageError } from './exit-codes.js';
import { explainCommand, listCommand } from './explain.js';
import { loadCommand } from './load.js';
import { mergeCommand } from './merge.js';
import {
  AGENT_OPTIONS,
  BASELINE_OPTIONS,
  CHECK_OPTIONS,
  COMPARE_OPTIONS,
  DIAGNOSE_OPTIONS,
  LOAD_OPTIONS,
  LOOK_OPTIONS,
  MERGE_OPTIONS,
  type Options,
  REPORT_OPTIONS,
  SEED_OPTIONS,
  SERVE_OPTIONS,
} from './options.js';
import { version } from './paths.js';
import { reportCommand } from './report.js';
import { seedCommand } from './seed.js';
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
    synopsis: 'check [target..]',
    about: 'run the conformance suites against a server, or several for a matrix',
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
    synopsis: 'agent [target]',
    about: 'wait for load runs on Redis and carry out a part of each',
    options: AGENT_OPTIONS,
    run: agentCommand,
  },
  {
    synopsis: 'diagnose [target]',
    about: 'why a mailbox does not work: ranked causes for an address, a host or a provider',
    options: DIAGNOSE_OPTIONS,
    run: diagnoseCommand,
  },
  {
    synopsis: 'serve',
    about: 'the embedded server: conforming, with faults, or like a server in service',
    options: SERVE_OPTIONS,
    run: serveCommand,
  },
  {
    synopsis: 'seed [target]',
    about: 'put the test messages into maildrops, and see that they arrive',
    options: SEED_OPTIONS,
    run: seedCommand,
  },
  {
    synopsis: 'report <result..>',
    about: 'render results of earlier runs again',
    options: REPORT_OPTIONS,
    run: reportCommand,
  },
  {
    synopsis: 'compare [result..]',
    about: 'what changed between two checks, or between load runs of two servers',
    options: COMPARE_OPTIONS,
    run: compareCommand,
  },
  {
    synopsis: 'baseline <update> <result>',
    about: 'put the findings of a check into the file of those that are known',
    options: BASELINE_OPTIONS,
    run: baselineCommand,
  },
  {
    synopsis: 'merge <shard..>',
    about: 'add up the shards of a load run made by several machines',
    options: MERGE_OPTIONS,
    run: mergeCommand,
  },
  {
    synopsis: 'list',
    about: 'cases, scenarios, faults or personalities',
    options: LOOK_OPTIONS,
    run: listCommand,
  },
  {
    synopsis: 'explain <id..>',
    about: 'a case, a clause, an RFC, a fault or a personality',
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
    // The messages are read again below; in another language they could not be.
    .detectLocale(false)
    .fail((message, error) => {
      throw error instanceof Error && error.name !== 'YError' ? error : wrongUsage(message, argv);
    })
    .strict()
    .demandCommand(1, 'a command is missing')
    .epilogue(
      'Exit codes: 0 passed, 1 failed, 2 usage, 3 target unreachable, 4 internal, 5 invalid run, 130 interrupted',
    );
  const tables = Object.fromEntries(COMMANDS.map((command) => [nameOf(command), command.options]));
  for (const command of COMMANDS) {
    const name = nameOf(command);
    cli.command(
      command.synopsis,
      command.about,
      (builder) => builder.options(command.options).config(configFor(name, argv, tables)),
      async (args) => {
        const [, more] = args._;
        if (more !== undefined) throw wrongUsage(`Unknown argument: ${more}`, argv);
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

function nameOf({ synopsis }: Command): string {
  return synopsis.split(' ')[0] ?? '';
}

/** A mistake in the arguments that yargs found, told with what was typed and what looks like it. */
function wrongUsage(message: string, argv: readonly string[]): UsageError {
  const command = COMMANDS.find((one) => argv.includes(nameOf(one)));
  const help = command === undefined ? 'popspec --help' : `popspec ${nameOf(command)} --help`;
  const word = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  if (word === undefined) {
    const missing = /^Not enough non-option arguments/.test(message)
      ? `popspec ${command?.synopsis ?? ''}: the argument is missing`
      : message.replace(/^Not enough arguments following: (.+)$/, '--$1 needs a value');
    return new UsageError(missing, `${help} shows how`);
  }
  if (!argv.includes(word)) {
    const [near] = word.length === 1 ? [] : nearMatches(word, Object.keys(command?.options ?? {}));
    const hint = near === undefined ? `${help} lists the options` : `did you mean --${near}?`;
    return new UsageError(`there is no option ${word.length === 1 ? '-' : '--'}${word}`, hint);
  }
  if (command !== undefined)
    return new UsageError(`"${word}" is one argument too many`, `popspec ${command.synopsis}`);
  const [near] = nearMatches(word, COMMANDS.map(nameOf));
  const hint = near === undefined ? `${help} lists the commands` : `did you mean ${near}?`;
  return new UsageError(`there is no command "${word}"`, hint);
}

/** Says what went wrong in one message and gives the exit code for it. */
function complain(error: unknown): number {
  const { message, hint, code } = error as { message?: string; hint?: string; code?: string };
  const text = message ?? String(error);
  const ours =
    typeof code === 'string' &&
    /^(USAGE|SUITE|LOAD|REPORT|DELIVERY|NOTHING|unknown-|bad-|listen-)/.test(code);
  process.stderr.write(`popspec: ${text}\n`);
  if (hint !== undefined && !text.includes(hint)) process.stderr.write(`  ${hint}\n`);
  if (ours) return EXIT.usage;
  if (code === 'OUTPUT') return EXIT.internal;
  process.stderr.write('  this is a defect of popspec; please report it with the command line and this:\n');
  if (error instanceof Error && error.stack !== undefined)
    process.stderr.write(`${error.stack.split('\n').slice(1, 5).join('\n')}\n`);
  return EXIT.internal;
}
