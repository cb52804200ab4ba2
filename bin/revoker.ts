#!/usr/bin/env -S node --
/** The operator's door: `npm run -s revoker -- <command>`, or `npx revoker` in the project's folder. The `--` keeps Node from taking --env-file for its own. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Stripping the types of all files takes most of a start. The folder is the user's own: code is run from it.
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'revoker'));

// What nobody foresaw must not print a stack, which could hold data of a message.
process.on('uncaughtException', () => {
  process.stderr.write(
    'error [internal] unexpected failure\n  next: run `revoker doctor`; if all is well there, report it\n',
  );
  process.exit(1);
});

const { run } = await import('../cli/run.ts');
const { systemTerminal } = await import('../terminal/terminal.ts');
const code = await run(process.argv.slice(2), { terminal: systemTerminal(process.env), env: process.env });
// It is 1 already where stdout could not be written.
process.exitCode ||= code;
