import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Exit code of popspec for a run that was ended by Ctrl-C. */
const INTERRUPTED = 130;

/**
 * The clients that are compared, the limit first and popspec second. `command` gives what is to be started for a
 * workload, or nothing where the client cannot do it; it makes load until SIGINT. `isGood` looks at how it ended.
 */
export function clients(folder, limit) {
  const users = join(folder, 'users.csv');
  const names = Array.from({ length: 200 }, (_, index) => `user${String(index + 1).padStart(5, '0')}`);
  writeFileSync(users, ['user,password', ...names.map((name) => `${name},bench`)].join('\n'));
  const pairs = join(folder, 'users.txt');
  writeFileSync(pairs, names.map((name) => `${name} bench\n`).join(''));
  return [
    {
      name: 'C on epoll',
      version: 'bench/c/client.c: the limit',
      command: ({ port, connections, messages, ca }) => [
        ...[limit.program, String(port), String(connections), String(messages)],
        ...(ca === undefined ? [] : [ca]),
      ],
      isGood: ({ code }) => code === 0,
    },
    {
      name: 'popspec load',
      version: JSON.parse(readFileSync(join(HERE, '../package.json'), 'utf8')).version,
      command: ({ port, connections, scenario, ca }) => [
        ...[process.execPath, join(HERE, '../bin/popspec.js'), 'load'],
        ca === undefined ? `pop3://127.0.0.1:${port}` : `pop3s://localhost:${port}`,
        ...(ca === undefined ? [] : ['--ca', ca]),
        ...['--users', users, '--suite', join(HERE, 'workloads.yaml'), '--scenario', `workloads/${scenario}`],
        ...['--sessions', String(connections), '--duration', '1h', '--report', 'json=-'],
      ],
      isGood: ({ code, output }) => code === INTERRUPTED && JSON.parse(output).errors.length === 0,
    },
    {
      name: 'rabid',
      mayFail: true,
      version: versionOf('rabid', () => debian('postal')),
      // It does not end by itself, nor by SIGINT, and speaks no TLS.
      command: ({ port, connections, messages, ca }) =>
        messages === 0 || ca !== undefined
          ? undefined
          : ['rabid', '-p', String(connections), '-r', '10000000', `[127.0.0.1]${port}`, pairs],
      isGood: () => true,
    },
    {
      name: 'python3 poplib, threads',
      mayFail: true,
      version: versionOf('python3', () =>
        execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim(),
      ),
      command: ({ port, connections, messages, ca }) => [
        ...['python3', join(HERE, 'poplib-load.py'), String(port), String(connections), String(messages)],
        ...(ca === undefined ? [] : [ca]),
      ],
      isGood: ({ code, output }) => code === 0 && output !== '',
    },
    {
      name: 'JMeter, Mail Reader Sampler',
      mayFail: true,
      version: versionOf('jmeter', () => debian('jmeter')),
      command: ({ port, connections, messages, ca }) =>
        messages === 0 || ca !== undefined
          ? undefined
          : [
              ...['jmeter', '-n', '-t', join(HERE, 'jmeter.jmx'), '-j', join(folder, 'jmeter.log')],
              ...[`-Jport=${port}`, `-Jconnections=${connections}`],
            ],
      isGood: () => true,
    },
  ];
}

/** Undefined for a program that is not installed. */
function versionOf(program, ask) {
  const found = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
  if (!found) return undefined;
  try {
    return ask();
  } catch {
    return program;
  }
}

/** The package and its version: `postal 0.76`. */
function debian(name) {
  return execFileSync('dpkg-query', ['-W', name], { encoding: 'utf8' }).trim().replace('\t', ' ');
}
