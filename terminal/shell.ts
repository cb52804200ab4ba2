/** Shell quoting for commands that an operator pastes. */
import { quoteForShell } from '../lib/notify/replay-command.ts';

/** Returns the text as one word of a POSIX shell, quoted only where it has to be (POSIX.1-2024, XCU 2.2.2). */
export const toShellWord = (text: string): string => (/^[\w@%+:,./=-]+$/.test(text) ? text : quoteForShell(text));
