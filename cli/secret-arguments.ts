/** Refuses secrets on the command line. They are named by their place, never by their value. */
import type { Command } from 'commander';
import { holdsSecret } from '../events/secrets.ts';
import { nameArguments } from './argument-names.ts';
import { type Failure, usageError } from './failure.ts';

const NEXT =
  'delete the line from the history of your shell, and treat the secret as leaked: other users may have seen it in ' +
  'the process list. `revoker` never needs a secret; give the id of the key';

/**
 * Throws CliError `secret-argument` (usage error) if an argument looks like a secret, as it is or encoded. The program
 * must already have the command that is called.
 */
export function refuseSecretArguments(program: Command, argv: readonly string[]): void {
  const names = nameArguments(program, argv).filter((_, index) => holdsSecret(argv[index] ?? ''));
  if (names.length === 0) return;
  const message = names.map((name) => `${name} looks like a secret`).join('\n');
  throw usageError('secret-argument', message, NEXT);
}

/** What commander says of a wrong value, and quotes of it. A secret of an unknown form may have been pasted there. */
const WRONG_OPTION = /option '[^']*?(--[\w-]+)[^']*' argument '[\s\S]*' is invalid\./;
const WRONG_ARGUMENT = /command-argument value '[\s\S]*' is invalid for argument '([\w-]+)'\./;
const CHOICES = /Allowed choices are (.+)\.$/;

/** The message of commander without the value that it refuses: the option or argument, and what was expected. */
export const withoutValue = (message: Failure['message']): string =>
  message.replace(WRONG_OPTION, '$1:').replace(WRONG_ARGUMENT, '$1:').replace(CHOICES, 'expected one of $1');
