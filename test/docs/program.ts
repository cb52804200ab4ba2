/** The operator's program as the documents use it: arguments are parsed as it parses them, and nothing is begun. */
import { Command, CommanderError } from 'commander';
import { addCommands } from '../../cli/commands.ts';

/** The commands of the program, which are parsed as it parses them, and not begun. */
async function revoker(): Promise<{ readonly program: Command; readonly begun: () => number }> {
  let begun = 0;
  const program = new Command('revoker')
    .option('--json')
    .option('--stack <name>')
    .option('--region <region>')
    .option('--env-file <path>')
    .version('0')
    .exitOverride();
  program.configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} });
  const runAction = async () => {
    begun += 1;
  };
  await addCommands(program, { runAction, isWanted: () => true });
  return { program, begun: () => begun };
}

/** Takes arguments of `revoker`; resolves with what is wrong with them, or undefined. */
export async function wrongUseOf(args: readonly string[]): Promise<string | undefined> {
  const { program, begun } = await revoker();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return begun() === 1 ? undefined : 'no command';
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return error instanceof Error ? error.message : 'unknown';
  }
}

/**
 * Takes arguments as a sentence quotes them, perhaps without their values; resolves with those that the program does
 * not know.
 */
export async function unknownIn(args: readonly string[]): Promise<readonly string[]> {
  let command = (await revoker()).program;
  const options = [...command.options];
  for (const [index, word] of args.entries()) {
    if (command.commands.length === 0 || /^[-<…]/.test(word)) break;
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) return [args.slice(0, index + 1).join(' ')];
    command = next;
    options.push(...next.options);
  }
  const known = new Set(options.map(({ long }) => long));
  return args.filter((word) => word.startsWith('--') && word !== '--help' && !known.has(word.split('=')[0]));
}
