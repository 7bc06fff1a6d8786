import { EXIT } from './exit-codes.js';
import { run } from './run.js';

// A reader that has heard enough (`popspec list | head`) is no error, and changes neither reports nor exit code.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`popspec: standard output cannot be written: ${error.message}\n`);
  process.exit(EXIT.internal);
});
process.stderr.on('error', () => {});

process.exitCode = await run(process.argv.slice(2));
