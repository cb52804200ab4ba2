/** The program `revoker`: parses the command line, runs one command, prints its report, returns the exit code. */
import { Command, CommanderError } from 'commander';
import { systemChance, systemClock } from '../lib/io/node.ts';
import { asciiJson } from '../lib/model/json.ts';
import { VERSION } from '../lib/model/version.ts';
import { renderLine, renderLines } from '../terminal/lines.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { sanitizeForTerminal } from '../terminal/text.ts';
import { commandOf, fullName, helpHint } from './command-line.ts';
import { addCommands } from './commands.ts';
import { type ConfigurationOptions, loadConfiguration } from './configuration.ts';
import { type Context, EXIT_CODES, type Report, type RunAction } from './context.ts';
import { refuseEmptyArguments } from './empty-arguments.ts';
import { type Failure, toFailure, usageError } from './failure.ts';
import { refuseSecretArguments, withoutValue } from './secret-arguments.ts';

const ABOUT =
  'Operates the revocation of CoreWeave object storage keys: sends events, decides about dead letters, keeps the\n' +
  "identity directory. In the project's folder: npm run -s revoker -- <command>.";

const END =
  '\nConfiguration comes from the deployed stack that --stack or REVOKER_STACK names, read with your AWS ' +
  'credentials; or\nfrom --env-file or the environment: the variables of the functions (docs/reference.md). ' +
  'The variables of the AWS SDK\ncount too (AWS_REGION, AWS_PROFILE, …). `revoker doctor` checks all.\n\n' +
  EXIT_CODES;

export interface RunOptions {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly clock?: Context['clock'];
  readonly chance?: Context['chance'];
}

/** Runs the arguments that follow the program's name; resolves with the exit code. Never rejects. */
export async function run(argv: readonly string[], options: RunOptions): Promise<number> {
  const { terminal } = options;
  const { program, runAction, exitCode } = createProgram(options);
  try {
    await addCommands(program, { runAction, isWanted: (name) => argv.includes(name) });
    addHelp(program);
    refuseSecretArguments(program, argv);
    refuseEmptyArguments(program, argv);
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // Called without a command: commander has already printed the help.
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    const failure = error instanceof CommanderError ? toUsageFailure(error, program, argv) : toFailure(error);
    printFailure(failure, terminal, argv.includes('--json'));
    return failure.exitCode;
  }
  return exitCode();
}

function createProgram({ terminal, env, clock = systemClock, chance = systemChance }: RunOptions) {
  let exitCode = 0;
  const program = new Command('revoker');
  const runAction: RunAction = async (work, { offline = false } = {}) => {
    const { json = false, ...given } = program.opts<ConfigurationOptions & { json?: boolean }>();
    try {
      const configuration = await loadConfiguration(env, given, { offline });
      const report = await work({ terminal, env, json, clock, chance, ...configuration });
      printReport(report, terminal, json);
      exitCode = report.exitCode ?? 0;
    } catch (error) {
      // Help and usage errors do not need it.
      const { explainFailure } = await import('./explain-failure.ts');
      const failure = await explainFailure(error, env);
      printFailure(failure, terminal, json);
      exitCode = failure.exitCode;
    }
  };
  // Commands inherit the configuration of the program at the time when they are added.
  configure(program, terminal);
  return { program, runAction, exitCode: () => exitCode };
}

const configure = (program: Command, terminal: Terminal): Command =>
  program
    .description(ABOUT)
    .option('--json', 'print one JSON value for machines, and nothing else, on stdout')
    .option('--stack <name>', 'operate this deployed stack (REVOKER_STACK)')
    .option('--region <region>', 'of the stack (AWS_REGION)')
    .option('--env-file <path>', 'take variables from this file too; for the stack on localhost')
    .version(VERSION, '--version', 'print the version')
    .addHelpText('after', END)
    .helpCommand(false)
    .configureHelp({
      showGlobalOptions: true,
      helpWidth: Math.min(terminal.columns, 110),
      // Only the command that is called knows its arguments: see commands.ts.
      subcommandTerm: (command) => command.name(),
    })
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.writeError(text),
      // `run` prints usage errors like any other failure.
      outputError: () => undefined,
      getOutHasColors: () => terminal.colors,
      getErrHasColors: () => terminal.errorColors,
    })
    .exitOverride();

const toUsageFailure = ({ message }: CommanderError, program: Command, argv: readonly string[]): Failure => ({
  code: 'wrong-use',
  message: withoutValue(message).replace(/^error: /, ''),
  next: helpHint(commandOf(program, argv)),
  exitCode: 2,
});

/** Commander's own command `help` knows no commands within a command. */
const addHelp = (program: Command): Command =>
  program
    .command('help')
    .argument('[command...]')
    .description('show the help of a command')
    .action((words: readonly string[]) => {
      const command = commandOf(program, words);
      const [, ...known] = fullName(command).split(' ');
      if (known.length === words.length) command.help();
      const message = `unknown command '${words.slice(0, known.length + 1).join(' ')}'`;
      throw usageError('wrong-use', message, helpHint(command));
    });

function printReport({ json, lines }: Report, terminal: Terminal, wantsJson: boolean): void {
  if (wantsJson) terminal.write(`${asciiJson(json)}\n`);
  else terminal.write(renderLines(lines, terminal.colors));
}

/** Always on stderr, for people; with --json also on stdout, for programs. */
function printFailure(failure: Failure, terminal: Terminal, wantsJson: boolean): void {
  const { code, message, next, exitCode, declined } = failure;
  if (wantsJson) terminal.write(`${asciiJson({ error: { code, message, next } })}\n`);
  // Who presses Ctrl-C knows what happened.
  if (exitCode === 130) return;
  if (declined) {
    terminal.writeError(`${message}\n`);
    return;
  }
  const [first = '', ...rest] = message.split('\n').map(sanitizeForTerminal);
  const head = renderLine([{ text: 'error', color: 'red' }, ` [${code}] ${first}`], terminal.errorColors);
  const body = [...rest.map((line) => `  ${line}`), `  next: ${sanitizeForTerminal(next)}`];
  terminal.writeError([head, ...body, ''].join('\n'));
}
