/** Which command and options the words of a command line mean. */
import type { Command, Option } from 'commander';

export const findOption = (commands: readonly Command[], flag: string | undefined): Option | undefined =>
  commands.flatMap((command) => command.options).find(({ long, short }) => flag === long || flag === short);

/** Whether the word after this one is its value. */
const takesNext = (commands: readonly Command[], word: string): boolean =>
  !word.includes('=') && findOption(commands, word)?.isBoolean() === false;

/** The innermost command that is named; the program where none is. */
export function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program;
  let isValue = false;
  for (const word of argv) {
    if (isValue || word.startsWith('-')) {
      isValue = !isValue && takesNext([program, command], word);
      continue;
    }
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) break;
    command = next;
  }
  return command;
}

/** As it is typed: `revoker dlq list`. */
export const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;

/** The next step after a wrong use of the command. */
export function helpHint(command: Command): string {
  const help = `\`${fullName(command)} --help\``;
  if (command.parent === null) return `${help} lists the commands`;
  return command.commands.length > 0 ? `${help} lists its commands` : `${help} shows its arguments and options`;
}
