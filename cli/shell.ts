/** Commands that are shown, to be pasted into a POSIX shell. Loaded for every command: no SDK, no schemas. */
import { quoteForShell } from '../lib/notify/replay-command.ts';
import type { Context } from './context.ts';

/** Quoted only where the shell would not read the text as it is (POSIX.1-2024, XCU 2.2). */
export const toShellWord = (text: string): string => (/^[\w@%+:,./=-]+$/.test(text) ? text : quoteForShell(text));

/** A command to be pasted into a POSIX shell, with the configuration of this one. `words` are quoted already. */
export const commandLine = ({ optionWords }: Pick<Context, 'optionWords'>, words: string): string =>
  `revoker ${words}${optionWords}`;
