/** Finds the audit records of an event, a key or a principal: in files, or in the log groups of the functions. */
import { existsSync } from 'node:fs';
import { type AuditLine, readAuditLine } from '../../lib/audit/read-line.ts';
import type { Clock } from '../../lib/ports.ts';
import { toUsageError } from '../audit/check.ts';
import { extractEvents } from '../audit/log-export.ts';
import { LogFileError, readLogFile } from '../audit/log-files.ts';
import type { FoundLogs, LogSearch } from '../io/log-search.ts';
import { type AuditFilter, matchesFilter, toLogQueries } from './audit-filter.ts';

/** The records that match, each once, in no order. `complete`: there are no more in the range. */
export interface FoundRecords {
  readonly lines: readonly AuditLine[];
  /** From the file of the CLI, which all stacks share: some may be of an event of another stack. */
  readonly operatorLines: readonly AuditLine[];
  readonly complete: boolean;
}

export interface AuditSearch {
  readonly from: 'files' | 'cloudwatch';
  find(filter: AuditFilter): Promise<FoundRecords>;
}

/** Insights may not have the newest records yet. */
const RECENT_MS = 15 * 60_000;

export interface SearchRange {
  readonly groups: readonly string[];
  /** Epoch ms. */
  readonly since: number;
}

/** Rejects as `LogSearch`. */
export const createCloudSearch = (
  { logs, clock }: { readonly logs: LogSearch; readonly clock: Pick<Clock, 'now'> },
  { groups, since }: SearchRange,
): AuditSearch => ({
  from: 'cloudwatch',
  async find(filter) {
    const until = clock.now();
    const { insights, patterns } = toLogQueries(filter);
    const recent = { groups, since: Math.max(since, until - RECENT_MS), until };
    const found: FoundLogs[] = [];
    for (const pattern of patterns) found.push(await logs.filter(pattern, recent));
    const older = since < recent.since ? insights : [];
    for (const query of older) found.push(await logs.query(query, { groups, since, until }));
    const texts = found.flatMap((each) => each.texts).flatMap(extractEvents);
    return {
      lines: selectLines(texts, filter),
      operatorLines: [],
      complete: found.every(({ complete }) => complete),
    };
  },
});

/** Rejects with CliError `file-unusable`. */
export const createFileSearch = (files: readonly string[], { since }: Pick<SearchRange, 'since'>): AuditSearch => ({
  from: 'files',
  async find(filter) {
    const lines: AuditLine[] = [];
    for (const file of files) {
      for await (const text of readTexts(file)) lines.push(...selectLines([text], filter));
    }
    return { lines: uniqueLines(lines).filter(({ time }) => time >= since), operatorLines: [], complete: true };
  },
});

async function* readTexts(file: string): AsyncGenerator<string> {
  try {
    for await (const { text } of readLogFile(file, NO_STDIN)) yield text;
  } catch (error) {
    throw error instanceof LogFileError ? toUsageError(error) : error;
  }
}

async function* NO_STDIN_CHUNKS(): AsyncGenerator<Uint8Array> {}
/** Records are searched twice, which stdin does not allow. */
const NO_STDIN = NO_STDIN_CHUNKS();

/** Adds what the file of the CLI has; it may not exist yet. */
export const withOperatorFile = (main: AuditSearch, file: string, range: Pick<SearchRange, 'since'>): AuditSearch => ({
  from: main.from,
  async find(filter) {
    const operator = createFileSearch(existsSync(file) ? [file] : [], range);
    const [found, { lines: operatorLines }] = await Promise.all([main.find(filter), operator.find(filter)]);
    return { ...found, operatorLines };
  },
});

function selectLines(texts: readonly string[], filter: AuditFilter): readonly AuditLine[] {
  const read = texts.map(readAuditLine);
  const lines = read.flatMap((each) => (each.kind === 'record' ? [each.line] : []));
  return uniqueLines(lines.filter((line) => matchesFilter(line, filter)));
}

const uniqueLines = (lines: readonly AuditLine[]): readonly AuditLine[] => [
  ...new Map(lines.map((line) => [line.uid, line])).values(),
];
