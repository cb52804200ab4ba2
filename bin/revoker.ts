#!/usr/bin/env -S node --
/**
 * The CLI: `npm run -s revoker -- <command>` in the project's folder, or `revoker <command>` where the bundle in
 * dist/cli is installed. The `--` of the first line keeps Node from reading --env-file as its own option.
 */
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// An installed CLI runs on the operator's own Node. Everything else is imported below, because a static import of what
// an old Node lacks would fail before this line.
if (typeof module.enableCompileCache !== 'function') {
  process.stderr.write(
    `error [node-too-old] this is Node ${process.versions.node}; expected 22.19 or later\n  next: upgrade Node\n`,
  );
  process.exit(1);
}

// Compiling takes most of the start-up time. The cache is in the user's own folder, because its code is executed.
module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'revoker'));

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
