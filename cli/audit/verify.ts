/** The check of an audit log as it is read: records of one chain in their order, chains interleaved as they come. */
import { fingerprintOf } from '../../lib/audit/chain.ts';
import { type Attestation, type AuditLine, readAuditLine } from '../../lib/audit/read-line.ts';
import type { Sha256 } from '../../lib/ports.ts';
import { type ChainState, follow, newChain } from './chain-check.ts';
import type { Finding, FindingKind, Place } from './findings.ts';
import { answer, listed, type OpenIntents, settle } from './findings.ts';

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
    if (read.kind !== 'record' || read.line.attestation === undefined || read.line.checkpoint === undefined) continue;
    const { chain, sequence, fingerprint } = read.line.attestation;
    if (fingerprintOf(read.line.record, sha256) !== fingerprint) continue;
    if (sequence > (heads.get(chain)?.sequence ?? 0)) heads.set(chain, { sequence, fingerprint });
  }
  return heads;
}

/** The last record of a chain that is known from elsewhere. */
export interface Head {
  readonly sequence: number;
  readonly fingerprint: string;
}

export type Heads = ReadonlyMap<string, Head>;

export interface CheckOptions {
  readonly sha256: Sha256;
  /** The transport may have changed the order of records, and delivered some twice. */
  readonly unordered?: boolean;
  readonly heads?: Heads;
  /** Told of each whole record, copies left out. */
  readonly onLine?: (line: AuditLine, place: Place) => void;
}

export interface Verification {
  readonly records: number;
  readonly chains: number;
  /** Of those, the chains that end with a checkpoint. */
  readonly closed: number;
  /** Copies that are no finding, since the transport makes them. */
  readonly copies: number;
  /** The first and last time of a record, epoch ms. */
  readonly from?: number;
  readonly to?: number;
  /** The first thousand of each kind, and how many there are. */
  readonly findings: readonly Finding[];
  readonly totals: Readonly<Partial<Record<FindingKind, number>>>;
  readonly intents: OpenIntents;
}

const MOST_FINDINGS = 1_000;
const FORGIVEN: ReadonlySet<FindingKind> = new Set(['swapped', 'duplicated']);
interface State extends CheckOptions {
  readonly chains: Map<string, ChainState>;
  readonly intents: OpenIntents;
  readonly found: Found;
  records: number;
  copies: number;
  from: number;
  to: number;
}

interface Found {
  readonly findings: Finding[];
  readonly totals: Partial<Record<FindingKind, number>>;
}

export interface LogCheck {
  /** Takes one event of the log, and where it stands. */
  take(text: string, place: Place): void;
  /** Returns what was found, once all was taken. */
  end(): Verification;
}

/** Takes how the log is to be read; returns its check. */
export function startCheck(options: CheckOptions): LogCheck {
  const state: State = {
    ...options,
    chains: new Map(),
    intents: new Map(),
    found: { findings: [], totals: {} },
    records: 0,
    copies: 0,
    from: Number.POSITIVE_INFINITY,
    to: Number.NEGATIVE_INFINITY,
  };
  return { take: (text, place) => take(state, text, place), end: () => end(state) };
}

function find({ findings, totals }: Found, finding: Finding): void {
  const total = (totals[finding.kind] ?? 0) + 1;
  totals[finding.kind] = total;
  if (total <= MOST_FINDINGS) findings.push(finding);
}

function take(state: State, text: string, place: Place): void {
  const read = readAuditLine(text);
  if (read.kind === 'unreadable') find(state.found, { kind: 'unreadable', place, detail: read.why });
  if (read.kind !== 'record') return;
  const { line } = read;
  state.records += 1;
  state.from = Math.min(state.from, line.time);
  state.to = Math.max(state.to, line.time);
  if (line.attestation === undefined) find(state.found, { kind: 'unchained', place, uid: line.uid });
  else if (isCopy(state, { line, attested: line.attestation, place })) return;
  settle(state.intents, line, place);
  state.onLine?.(line, place);
}

/** Puts the record into its chain; returns whether it was there before. */
function isCopy(
  state: State,
  { line, attested, place }: { readonly line: AuditLine; readonly attested: Attestation; readonly place: Place },
): boolean {
  const { chain: uid, sequence, fingerprint } = attested;
  const about = { place, chain: uid, sequence, uid: line.uid };
  if (fingerprintOf(line.record, state.sha256) !== fingerprint) find(state.found, { kind: 'edited', ...about });
  const head = state.heads?.get(uid);
  if (head?.sequence === sequence && head.fingerprint !== fingerprint) {
    find(state.found, { kind: 'rewritten', ...about });
  }
  const chain = state.chains.get(uid) ?? newChain(uid, place);
  state.chains.set(uid, chain);
  const kinds = follow(chain, { line, attested, place });
  for (const kind of kinds) if (!state.unordered || !FORGIVEN.has(kind)) find(state.found, { kind, ...about });
  const copy = kinds.includes('duplicated');
  if (copy && state.unordered) state.copies += 1;
  return copy;
}

function end({ chains, heads = new Map(), intents, found, records, copies, from, to }: State): Verification {
  for (const chain of chains.values()) for (const finding of endOf(chain)) find(found, finding);
  for (const [chain, { sequence }] of heads) {
    const state = chains.get(chain);
    if (state === undefined) find(found, { kind: 'chain-missing', chain, sequence: 1 });
    else if (state.sequence < sequence) {
      find(found, { kind: 'tail-cut', chain, place: state.place, sequence: state.sequence + 1 });
    }
  }
  const closed = [...chains.values()].filter((state) => state.closed).length;
  const span = records === 0 ? {} : { from, to };
  return { records, chains: chains.size, closed, copies, ...span, ...found, intents };
}

function endOf({ uid: chain, gaps, closed, place, sequence }: ChainState): readonly Finding[] {
  const missing = gaps.map(
    (gap): Finding => ({
      kind: gap.from === 1 ? 'head-cut' : 'deleted',
      chain,
      place: gap.place,
      sequence: gap.from,
      detail: `${gap.to - gap.from + 1} missing`,
    }),
  );
  return closed ? missing : [...missing, { kind: 'open', chain, place, sequence }];
}
