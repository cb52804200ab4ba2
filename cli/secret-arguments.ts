/** Refuses secrets on the command line. They are named by their place, never by their value. */
import type { Command, Option } from 'commander';
import { holdsSecret } from '../events/secrets.ts';
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

/** For each word its place: `option --key`, `argument <file>` or, if the program does not know it, `word 3`. */
function nameArguments(program: Command, argv: readonly string[]): readonly string[] {
  let command = program;
  let value: Option | undefined;
  /** Of an option that takes several. */
  let hasValue = false;
  let operands = 0;
  let onlyOperands = false;
  const nameWord = (word: string, index: number): string => {
    const unknown = `word ${index + 1}`;
    if (value !== undefined && !(hasValue && word.startsWith('-'))) {
      const name = `option ${value.long}`;
      hasValue = value.variadic;
      if (!hasValue) value = undefined;
      return name;
    }
    [value, hasValue] = [undefined, false];
    if (word === '--') onlyOperands = true;
    if (word.startsWith('-') && !onlyOperands) {
      const option = findOption([program, command], word.split('=')[0]);
      if (option !== undefined && !word.includes('=') && !option.isBoolean()) value = option;
      return option === undefined ? unknown : `option ${option.long}`;
    }
    const next = operands === 0 ? command.commands.find((each) => each.name() === word) : undefined;
    if (next !== undefined) {
      command = next;
      return unknown;
    }
    const declared = command.registeredArguments;
    const last = declared.at(-1);
    const argument = declared[operands] ?? (last?.variadic ? last : undefined);
    operands += 1;
    return argument === undefined ? unknown : `argument <${argument.name()}>`;
  };
  return argv.map(nameWord);
}

const findOption = (commands: readonly Command[], flag: string | undefined): Option | undefined =>
  commands.flatMap((command) => command.options).find(({ long, short }) => flag === long || flag === short);

/** What commander quotes of a wrong value. A secret of an unknown form may have been pasted there. */
const QUOTED_VALUE = /(argument|command-argument value) '[\s\S]*' is invalid(?= for argument|\.)/;

/** The message of commander without the value that it refuses. */
export const withoutValue = (message: Failure['message']): string => message.replace(QUOTED_VALUE, '$1 is invalid');
