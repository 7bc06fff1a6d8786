import { EXIT } from './exit-codes.js';
import { run } from './run.js';

/** A reader that has heard enough (`popspec list | head`) and a terminal that is gone are no errors. */
const NOBODY_LISTENS = ['EPIPE', 'EIO'];

let failed = false;
// The run goes on: its reports go elsewhere.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (failed || NOBODY_LISTENS.includes(error.code ?? '')) return;
  failed = true;
  process.stderr.write(`popspec: standard output cannot be written: ${error.message}\n`);
  if (process.exitCode !== undefined) process.exitCode = EXIT.internal;
});
process.stderr.on('error', () => {});

const code = await run(process.argv.slice(2));
process.exitCode = failed ? EXIT.internal : code;
