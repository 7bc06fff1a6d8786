import { run } from './run.js';

// A reader that has heard enough (`popspec list | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});
process.stderr.on('error', () => {});

process.exitCode = await run(process.argv.slice(2));
