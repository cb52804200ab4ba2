/** The CLI with an operator who reads each question, and types what it asks for. */
import { run } from '../../cli/run.ts';
import { systemTerminal } from '../../terminal/terminal.ts';

const terminal = {
  ...systemTerminal(process.env),
  canAsk: true,
  ask: async (question: string): Promise<string> => / Type (\S+): $/.exec(question)?.[1] ?? 'y',
};
process.exitCode ||= await run(process.argv.slice(2), { terminal, env: process.env });
