/** The check of an audit log as it is read: records of one chain in their order, chains interleaved as they come. */
import { fingerprintOf, type Sha256 } from '../../lib/audit/chain.ts';
import type { Finding, Place } from './findings.ts';
import { readAuditLine } from '../../lib/audit/read-line.ts';
import { type CheckOptions, type Head, type Heads, startCheck, type Verification } from '../../lib/domain/log-check.ts';
import { answer, listed, type OpenIntents } from '../../lib/domain/open-intents.ts';

/** One event of a log, and where it stands. */
export interface LogText extends Place {
  readonly text: string;
}
export type LogTexts = AsyncIterable<LogText> | Iterable<LogText>;

/** Takes the events of a log and how it is to be read; resolves with what was found. Rejects as the events do. */
export async function verifyAudit(texts: LogTexts, options: CheckOptions): Promise<Verification> {
  const check = startCheck(options);
  for await (const { text, ...place } of texts) check.take(text, place);
  return check.end();
}

/** Takes open intents and the same events once more; closes those that were answered in a file that was read before. */
export async function answerIntents(intents: OpenIntents, texts: LogTexts): Promise<void> {
  for await (const { text } of texts) {
    const read = readAuditLine(text);
    if (read.kind === 'record') answer(intents, read.line);
  }
}

/** Takes intents that nothing answers; returns them as findings. */
export const openIntentFindings = (intents: OpenIntents): readonly Finding[] =>
  listed(intents).map(({ uid, place, chain }) => ({
    kind: 'open-intent',
    place,
    uid,
    ...(chain === undefined ? {} : { chain }),
  }));

/** Takes the events of a log that is kept where nobody can change it; resolves with the last checkpoint of each chain. */
export async function readHeads(texts: LogTexts, sha256: Sha256): Promise<Heads> {
  const heads = new Map<string, Head>();
  for await (const { text } of texts) {
    const read = readAuditLine(text);
    if (read.kind !== 'record' || read.line.attested === undefined || read.line.checkpoint === undefined) continue;
    const { chain, sequence, fingerprint } = read.line.attested;
    if (fingerprintOf(read.line.record, sha256) !== fingerprint) continue;
    if (sequence > (heads.get(chain)?.sequence ?? 0)) heads.set(chain, { sequence, fingerprint });
  }
  return heads;
}
