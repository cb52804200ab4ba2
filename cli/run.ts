/** The command line as a whole: parsing, the options of every command, what is printed in the end, and the exit code. */
import { Command, CommanderError } from 'commander';
import { systemChance, systemClock } from '../lib/io/node.ts';
import { asciiJson } from '../lib/model/json.ts';
import { renderLine, renderLines } from '../terminal/lines.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { sanitizeForTerminal } from '../terminal/text.ts';
import { COMMANDS } from './commands.ts';
import type { Act, Context, Report } from './context.ts';
import { orRegionMissing } from './doctor/region.ts';
import { addEnvFile } from './env-file.ts';
import { type Failure, failureOf } from './failure.ts';

const ABOUT = `Works on the revocation of CoreWeave object storage keys: sends events, looks after dead letters, keeps the
identity directory. From the project's folder: npm run -s revoker -- <command>.`;

const END = `
Configuration comes from the environment, or from --env-file: the variables of the functions (docs/reference.md), and
those of the AWS SDK (AWS_REGION, AWS_PROFILE, …). Each command says which ones it misses; \`revoker doctor\` checks all.

Exit codes: 0 done, 1 something failed, 2 wrong use.`;

export interface World {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly clock?: Context['clock'];
  readonly chance?: Context['chance'];
}

/** Takes the arguments after the program's name and where it runs; resolves with the exit code. Never rejects. */
export async function run(argv: readonly string[], { terminal, env, clock, chance }: World): Promise<number> {
  let exitCode = 0;
  const program = new Command('revoker');
  const act: Act = async (work) => {
    const { json = false, envFile } = program.opts<{ json?: boolean; envFile?: string }>();
    try {
      if (envFile !== undefined) addEnvFile(env, envFile);
      const report = await work({ terminal, env, json, clock: clock ?? systemClock, chance: chance ?? systemChance });
      printReport(report, terminal, json);
      exitCode = report.exitCode ?? 0;
    } catch (error) {
      const failure = await orRegionMissing(failureOf(error), env);
      printFailure(failure, terminal, json);
      exitCode = failure.exitCode;
    }
  };

  // What is set here is inherited by the commands that are added after it.
  program
    .description(ABOUT)
    .option('--json', 'print one JSON value for machines, and nothing else, on stdout')
    .option('--env-file <path>', 'take variables from this file too')
    .addHelpText('after', END)
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(terminal.columns, 110) })
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.writeError(text),
      // What is wrong is printed below, like any other failure.
      outputError: () => undefined,
      getOutHasColors: () => terminal.colors,
      getErrHasColors: () => terminal.errorColors,
    })
    .exitOverride();
  for (const add of COMMANDS) add(program, act);

  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // Called without a command, it has shown its help already.
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    const failure = error instanceof CommanderError ? wrongUseOf(error) : failureOf(error);
    printFailure(failure, terminal, argv.includes('--json'));
    return failure.exitCode;
  }
  return exitCode;
}

const wrongUseOf = ({ message }: CommanderError): Failure => ({
  code: 'wrong-use',
  message: message.replace(/^error: /, ''),
  next: '`revoker --help` lists the commands, `revoker <command> --help` their arguments and options',
  exitCode: 2,
});

function printReport({ json, lines }: Report, terminal: Terminal, wantsJson: boolean): void {
  if (wantsJson) terminal.write(`${asciiJson(json)}\n`);
  else terminal.write(renderLines(lines, terminal.colors));
}

/** People read stderr; a machine finds the same on stdout. */
function printFailure({ code, message, next }: Failure, terminal: Terminal, wantsJson: boolean): void {
  if (wantsJson) terminal.write(`${asciiJson({ error: { code, message, next } })}\n`);
  const [first = '', ...rest] = message.split('\n').map(sanitizeForTerminal);
  const head = renderLine([{ text: 'error', color: 'red' }, ` [${code}] ${first}`], terminal.errorColors);
  const body = [...rest.map((line) => `  ${line}`), `  next: ${sanitizeForTerminal(next)}`];
  terminal.writeError([head, ...body, ''].join('\n'));
}
