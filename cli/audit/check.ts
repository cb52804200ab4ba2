/** Checks exported audit logs, for `audit verify` and `audit report`. */
import type { AuditLine } from '../../lib/audit/read-line.ts';
import { sha256 } from '../../lib/io/node.ts';
import type { Context } from '../context.ts';
import { CliError, describeReadError, usageError } from '../failure.ts';
import { type AuditFinding, type LogPosition, type LogTexts, relevantFindings, toVerdict } from './findings.ts';
import { type LogEvent, LogFileError, readLogFile } from './log-files.ts';
import { answerIntents, openIntentFindings } from './open-intents.ts';
import { type LogVerification, readHeads, verifyAudit } from './verify.ts';

export interface CheckOptions {
  readonly unordered?: boolean;
  readonly window?: boolean;
  readonly heads?: readonly string[];
  readonly onLine?: (line: AuditLine, place: LogPosition) => void;
}

export interface CheckedLogs extends Omit<LogVerification, 'intents' | 'findings'> {
  readonly verdict: 'intact' | 'open' | 'broken';
  /** The findings that count. */
  readonly findings: readonly AuditFinding[];
  /** Ends of chains outside the window of time; 0 without --window. */
  readonly cutEnds: number;
  readonly headsFrom: readonly string[];
}

/**
 * Reads the paths; `-` is stdin. Throws CliError `file-unusable` (usage error), and `no-records` where the files, or
 * those of `heads`, contain no audit record, because then nothing is proven.
 */
export async function checkLogs(
  { terminal }: Pick<Context, 'terminal'>,
  paths: readonly string[],
  { unordered = false, window = false, heads = [], onLine }: CheckOptions,
): Promise<CheckedLogs> {
  if ([...paths, ...heads].filter((path) => path === '-').length > 1) {
    throw usageError('wrong-use', 'stdin can be read only once', 'give `-` once');
  }
  const read = (files: readonly string[]): LogTexts => readTexts(files, terminal.readBytes());
  try {
    const known = heads.length === 0 ? {} : { heads: await readHeads(read(heads), sha256) };
    if (known.heads?.size === 0) throw NO_HEADS;
    const callback = onLine === undefined ? {} : { onLine };
    const { intents, ...result } = await verifyAudit(read(paths), { sha256, unordered, ...known, ...callback });
    // An outcome may be in a file that was read before the file of its intent. Stdin cannot be read a second time.
    if (intents.size > 0 && !paths.includes('-')) await answerIntents(intents, read(paths));
    if (result.records === 0 && result.findings.length === 0) throw NO_RECORDS;
    const all = [...result.findings, ...openIntentFindings(intents)];
    const findings = relevantFindings(all, window);
    return {
      ...result,
      findings,
      cutEnds: all.length - findings.length,
      verdict: toVerdict(findings),
      headsFrom: heads,
    };
  } catch (error) {
    throw error instanceof LogFileError ? toUsageError(error) : error;
  }
}

async function* readTexts(paths: readonly string[], stdin: AsyncIterable<Uint8Array>): AsyncGenerator<LogEvent> {
  for (const path of paths) yield* readLogFile(path, stdin);
}

const NO_RECORDS = new CliError({
  code: 'no-records',
  message: 'there is no audit record in it',
  next: "export the log groups of the functions; audit records have the log_name 'revocation-audit'",
});

/** Nothing would be compared, and an intact log would be called so. */
const NO_HEADS = new CliError({
  code: 'no-records',
  message: 'the files after --heads have no record of a chain',
  next: 'give files of the locked copy (auditLockDays) after --heads',
});

const NEXT: Readonly<Record<LogFileError['code'], string>> = {
  'log-unreadable': 'check its path and your right to read it',
  'log-damaged': 'the file is cut or changed: export it again',
  'log-line-too-long': 'put one event on each line, such as by: jq -c ".events[]"',
};

/** The failure of a command that reads audit logs. */
export function toUsageError({ code, file, detail }: LogFileError): CliError {
  const why =
    code === 'log-unreadable' ? describeReadError(file, detail) : `${file} cannot be read (${code}, ${detail})`;
  return usageError('file-unusable', why, NEXT[code]);
}

/** `file:line`, as editors read it, and `#` with the number of the event in the line. */
export const formatPlace = ({ file, line, part }: LogPosition): string =>
  `${file}:${line}${part === undefined ? '' : `#${part}`}`;
