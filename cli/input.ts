/** Files that commands are given: `-` is stdin. */
import { readFile } from 'node:fs/promises';
import type { Terminal } from '../terminal/terminal.ts';
import { wrongUse } from './failure.ts';

/** Takes a path or `-`; resolves with the text. Throws CliError `file-unusable` (wrong use), without the system's message. */
export async function readInput(terminal: Terminal, path: string): Promise<string> {
  if (path === '-') return terminal.readInput();
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw wrongUse('file-unusable', `the file cannot be read (${code})`, 'check its path, or give `-` to read stdin');
  }
}
