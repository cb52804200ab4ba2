#!/usr/bin/env -S node --
/**
 * The CLI: `npm run -s revoker -- <command>`, or `npx revoker` in the project's folder. The `--` of the first line
 * keeps Node from reading --env-file as its own option.
 */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Stripping types takes most of the start-up time. The cache is in the user's own folder, because its code is executed.
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'revoker'));

// A stack trace could contain data of a message.
process.on('uncaughtException', () => {
  process.stderr.write(
    'error [internal] unexpected failure\n  next: run `revoker doctor`; if all is well there, report it\n',
  );
  process.exit(1);
});

const { run } = await import('../cli/run.ts');
const { systemTerminal } = await import('../terminal/terminal.ts');
const code = await run(process.argv.slice(2), { terminal: systemTerminal(process.env), env: process.env });
// Already 1 where stdout could not be written.
process.exitCode ||= code;
