/** Names the places of a command line, so that a word can be refused without its value. */
import type { Command, Option } from 'commander';
import { findOption } from './command-line.ts';

/** For each word its place: `option --key`, `argument <file>` or, if the program does not know it, `word 3`. */
export function nameArguments(program: Command, argv: readonly string[]): readonly string[] {
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
