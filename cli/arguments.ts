/** Parsers of arguments and options, which throw commander's InvalidArgumentError, and the reader of input files. */
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import {
  ACCESS_KEY_ID_EXPECTED,
  type AccessKeyId,
  accessKeyId,
  PRINCIPAL_NAME_EXPECTED,
  type PrincipalName,
  principalName,
} from '../events/ids.ts';
import { decodeWholeText } from '../events/text-encoding.ts';
import { duration } from '../lib/io/config/parse.ts';
import { isUserId } from '../lib/ledger/approval.ts';
import { FAILURE_REASONS, HOLD_REASONS, isReason, type Reason } from '../lib/model/reasons.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { describeReadError, nodeCode, usageError } from './failure.ts';

export function parsePrincipal(text: string): PrincipalName {
  const parsed = principalName.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(PRINCIPAL_NAME_EXPECTED);
  return parsed.data;
}

export function parseKeyId(text: string): AccessKeyId {
  const parsed = accessKeyId.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(ACCESS_KEY_ID_EXPECTED);
  return parsed.data;
}

/** A parser of whole numbers from `least` to `most`. */
export const numberParser =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`expected a number from ${least} to ${most}`);
    return value;
  };

/** A rate per second. */
export function parseRate(text: string): number {
  const rate = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(rate >= 0.1 && rate <= 1_000)) throw new InvalidArgumentError('expected a number from 0.1 to 1000');
  return rate;
}

export function parseReason(text: string): Reason {
  if (isReason(text)) return text;
  throw new InvalidArgumentError(`expected one of ${[...FAILURE_REASONS, ...HOLD_REASONS].join(', ')}`);
}

/** Adds the message id of a dead letter, or its beginning, to those that were given before. */
export function parseMessageId(text: string, before: readonly string[] = []): readonly string[] {
  if (/^[\w-]{8,100}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('expected 8 characters or more of the id that `dlq list --detail` shows');
}

/** Adds an `aws:userid` to those that were given before. */
export function parseUserId(text: string, before: readonly string[] = []): readonly string[] {
  if (isUserId(text)) return [...before, text];
  throw new InvalidArgumentError(
    "expected the `aws:userid` that the first person's run printed, such as AROAEXAMPLE:ann",
  );
}

const SHORT = /^(\d{1,6})(w|d|h|m|min|s)$/;
const AGE = duration('PT0S', 'P400D');

/** An age in ms, of 400 days or less: `90m`, `2h`, `3d`, or ISO 8601 (`PT90M`). */
export function parseAge(text: string): number {
  const [, count, unit = ''] = SHORT.exec(text) ?? [];
  const prefix = unit === 'w' || unit === 'd' ? 'P' : 'PT';
  const age = AGE(count === undefined ? text : `${prefix}${count}${unit.charAt(0).toUpperCase()}`);
  if (age.ok) return age.value;
  throw new InvalidArgumentError('expected an age of at most 400 days, such as 90m, 2h, 3d or PT90M');
}

/**
 * Reads a file, or stdin for `-`, of which `most` bytes are enough. Throws CliError `file-unusable` (usage error)
 * without the message of the system.
 */
export async function readInputBytes(terminal: Terminal, path: string, most = Infinity): Promise<Uint8Array> {
  if (path === '-') return readStdin(terminal, most);
  try {
    return await readFile(path);
  } catch (error) {
    throw usageError(
      'file-unusable',
      describeReadError(path, nodeCode(error)),
      'check its path, or give `-` to read stdin',
    );
  }
}

async function readStdin(terminal: Terminal, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of terminal.readBytes()) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) break;
  }
  return Buffer.concat(chunks);
}

/**
 * As `readInputBytes`. PowerShell writes UTF-16 into a file. Text in any other encoding than that and UTF-8 is
 * refused: a name would be read as another one.
 */
export async function readInput(terminal: Terminal, path: string): Promise<string> {
  const text = decodeWholeText(await readInputBytes(terminal, path));
  if (text !== undefined) return text;
  const name = path === '-' ? 'stdin' : path;
  throw usageError('file-unusable', `${name} is neither UTF-8 nor UTF-16`, 'save it as UTF-8');
}
