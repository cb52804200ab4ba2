/** Verifies an audit log while it is read: the records of each chain in order, the chains interleaved. */
import { fingerprintOf } from '../../lib/audit/chain.ts';
import { type AuditLine, type ChainPosition, readAuditLine } from '../../lib/audit/read-line.ts';
import type { Sha256 } from '../../lib/ports.ts';
import { type ApprovalUses, noteApprovals, unmatchedApprovals } from './approval-uses.ts';
import { type ChainState, checkRecord, createChainState } from './chain-check.ts';
import type { AuditFinding, FindingKind, LogPosition, LogTexts } from './findings.ts';
import { type OpenIntents, updateIntents } from './open-intents.ts';

/** Rejects where reading the log fails. */
export async function verifyAudit(texts: LogTexts, options: VerifyOptions): Promise<LogVerification> {
  const check = startCheck(options);
  for await (const { text, ...place } of texts) check.take(text, place);
  return check.end();
}

/**
 * The last record of each chain in a copy of the log that cannot be changed. It need not be a checkpoint: an
 * environment that was killed wrote none.
 */
export async function readHeads(texts: LogTexts, sha256: Sha256): Promise<Heads> {
  const heads = new Map<string, Head>();
  for await (const { text } of texts) {
    const read = readAuditLine(text);
    if (read.kind !== 'record' || read.line.attestation === undefined) continue;
    const { chain, sequence, fingerprint } = read.line.attestation;
    if (fingerprintOf(read.line.record, sha256) !== fingerprint) continue;
    if (sequence > (heads.get(chain)?.sequence ?? 0)) heads.set(chain, { sequence, fingerprint });
  }
  return heads;
}

/** The last record of a chain that is known from a second copy of the log. */
export interface Head {
  readonly sequence: number;
  readonly fingerprint: string;
}

export type Heads = ReadonlyMap<string, Head>;

export interface VerifyOptions {
  readonly sha256: Sha256;
  /** The transport may have changed the order of records and delivered some twice. */
  readonly unordered?: boolean;
  readonly heads?: Heads;
  /** Called with each valid record that is no copy. */
  readonly onLine?: (line: AuditLine, place: LogPosition) => void;
}

export interface LogVerification {
  readonly records: number;
  readonly chains: number;
  /** Chains that end with a checkpoint. */
  readonly closed: number;
  /** Copies by the transport, which are no findings. */
  readonly copies: number;
  /** Epoch ms of the earliest record. */
  readonly from?: number;
  /** Epoch ms of the latest record. */
  readonly to?: number;
  /** The first thousand of each kind. */
  readonly findings: readonly AuditFinding[];
  /** All findings, by kind. */
  readonly totals: Readonly<Partial<Record<FindingKind, number>>>;
  readonly intents: OpenIntents;
}

const MAX_FINDINGS = 1_000;
/** Findings that a transport without order causes. */
const FROM_TRANSPORT: ReadonlySet<FindingKind> = new Set(['swapped', 'duplicated']);

interface CheckState extends VerifyOptions {
  readonly chains: Map<string, ChainState>;
  readonly intents: OpenIntents;
  readonly approvals: ApprovalUses;
  readonly found: Findings;
  records: number;
  copies: number;
  from: number;
  to: number;
}

interface Findings {
  readonly findings: AuditFinding[];
  readonly totals: Partial<Record<FindingKind, number>>;
}

export interface LogCheck {
  take(text: string, place: LogPosition): void;
  end(): LogVerification;
}

export function startCheck(options: VerifyOptions): LogCheck {
  const state: CheckState = {
    ...options,
    chains: new Map(),
    intents: new Map(),
    approvals: { sha256: options.sha256, used: new Map(), replays: new Set() },
    found: { findings: [], totals: {} },
    records: 0,
    copies: 0,
    from: Number.POSITIVE_INFINITY,
    to: Number.NEGATIVE_INFINITY,
  };
  return { take: (text, place) => checkRecordText(state, text, place), end: () => finishCheck(state) };
}

function addFinding({ findings, totals }: Findings, finding: AuditFinding): void {
  const total = (totals[finding.kind] ?? 0) + 1;
  totals[finding.kind] = total;
  if (total <= MAX_FINDINGS) findings.push(finding);
}

function checkRecordText(state: CheckState, text: string, place: LogPosition): void {
  const read = readAuditLine(text);
  if (read.kind === 'unreadable') addFinding(state.found, { kind: 'unreadable', place, detail: read.why });
  if (read.kind !== 'record') return;
  const { line } = read;
  state.records += 1;
  state.from = Math.min(state.from, line.time);
  state.to = Math.max(state.to, line.time);
  if (line.attestation === undefined) addFinding(state.found, { kind: 'unchained', place, uid: line.uid });
  else if (isCopy(state, { line, attestation: line.attestation, place })) return;
  updateIntents(state.intents, line, place);
  noteApprovals(state.approvals, line, place);
  state.onLine?.(line, place);
}

/** Adds the record to its chain; true where it is a copy. */
function isCopy(
  state: CheckState,
  {
    line,
    attestation,
    place,
  }: { readonly line: AuditLine; readonly attestation: ChainPosition; readonly place: LogPosition },
): boolean {
  const { chain: uid, sequence, fingerprint } = attestation;
  const about = { place, chain: uid, sequence, uid: line.uid };
  if (fingerprintOf(line.record, state.sha256) !== fingerprint) addFinding(state.found, { kind: 'edited', ...about });
  const head = state.heads?.get(uid);
  if (head?.sequence === sequence && head.fingerprint !== fingerprint) {
    addFinding(state.found, { kind: 'rewritten', ...about });
  }
  const chain = state.chains.get(uid) ?? createChainState(uid, place);
  state.chains.set(uid, chain);
  const kinds = checkRecord(chain, { line, attestation, place });
  for (const kind of kinds)
    if (!state.unordered || !FROM_TRANSPORT.has(kind)) addFinding(state.found, { kind, ...about });
  const copy = kinds.includes('duplicated');
  if (copy && state.unordered) state.copies += 1;
  return copy;
}

function finishCheck({
  chains,
  heads = new Map(),
  intents,
  approvals,
  found,
  records,
  copies,
  from,
  to,
}: CheckState): LogVerification {
  for (const finding of unmatchedApprovals(approvals)) addFinding(found, finding);
  for (const chain of chains.values()) for (const finding of findingsAtEnd(chain)) addFinding(found, finding);
  for (const [chain, { sequence }] of heads) {
    const state = chains.get(chain);
    if (state === undefined) addFinding(found, { kind: 'chain-missing', chain, sequence: 1 });
    else if (state.sequence < sequence) {
      addFinding(found, { kind: 'tail-cut', chain, place: state.place, sequence: state.sequence + 1 });
    }
  }
  const closed = [...chains.values()].filter((state) => state.closed).length;
  const span = records === 0 ? {} : { from, to };
  return { records, chains: chains.size, closed, copies, ...span, ...found, intents };
}

function findingsAtEnd({ uid: chain, gaps, closed, place, sequence }: ChainState): readonly AuditFinding[] {
  const missing = gaps.map(
    (gap): AuditFinding => ({
      kind: gap.from === 1 ? 'head-cut' : 'deleted',
      chain,
      place: gap.place,
      sequence: gap.from,
      detail: `${gap.to - gap.from + 1} missing`,
    }),
  );
  return closed ? missing : [...missing, { kind: 'open', chain, place, sequence }];
}
