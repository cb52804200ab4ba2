/** Refuses empty arguments: they come from unset variables of a shell, and would select what has no id. */
import type { Command } from 'commander';
import { nameArguments } from './argument-names.ts';
import { usageError } from './failure.ts';

const EMPTY = /^(?:--[a-z-]+=)?$/;

/** Throws CliError `empty-argument` (usage error). The program must already have the command that is called. */
export function refuseEmptyArguments(program: Command, argv: readonly string[]): void {
  const names = nameArguments(program, argv).filter((_, index) => EMPTY.test(argv[index] ?? ''));
  if (names.length === 0) return;
  const next = 'give a value; if it comes from a variable of the shell, check that this is set';
  throw usageError('empty-argument', names.map((name) => `${name} is empty`).join('\n'), next);
}
