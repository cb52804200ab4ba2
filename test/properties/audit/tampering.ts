/** Tampering with a log: seven kinds, each with several variants. The result always differs from the original log. */

import { appendToChain, type Chain } from '../../../lib/audit/chain.ts';
import type { AuditRecord } from '../../../lib/audit/record.ts';
import { asciiJson, inAscii, inOrder } from '../../../lib/model/json.ts';
import { sha256 } from '../../support/audit-chains.ts';
import type { SeededChance } from '../../support/seeded-chance.ts';
import type { Log } from './logs.ts';

export type Tamper = (log: Log, chance: SeededChance) => readonly string[];

const below = (chance: SeededChance, most: number): number => Math.floor(chance.fraction() * most);
const one = <Item>(chance: SeededChance, items: readonly Item[]): Item => {
  const item = items[below(chance, items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
};

const parsed = (line: string | undefined): AuditRecord => JSON.parse(line ?? '');
const object = (value: unknown): Record<string, AuditRecord[string]> => Object(value);
const replaced = (lines: readonly string[], at: number, line: string): readonly string[] => lines.with(at, line);
const without = (lines: readonly string[], gone: readonly number[]): readonly string[] =>
  lines.filter((_, at) => !gone.includes(at));

/** The chain as it was when the record was its last. */
function chainAfter(line: string): Chain {
  const record = parsed(line);
  const { uid, sequence } = object(record.metadata);
  const [{ chain_uid: chain, authority_uid: authority, fingerprint }] = JSON.parse(line).attestation_list;
  const last = { uid: String(uid), typeUid: Number(record.type_uid), fingerprint: fingerprint.value };
  return { uid: chain, authority, sequence: Number(sequence), unclosed: 0, last };
}

/** The chain as it was before the record. */
function chainBefore(line: string): Chain {
  const { uid, authority, sequence } = chainAfter(line);
  const [{ prev_event: before }] = JSON.parse(line).attestation_list;
  const chain = { uid, authority, sequence: sequence - 1, unclosed: 0 };
  if (before === undefined) return chain;
  return { ...chain, last: { uid: before.uid, typeUid: before.type_uid, fingerprint: before.fingerprint.value } };
}

/** The records anew, each hashed and linked as if it had been written so, from where the chain stands. */
function relinked(chain: Chain, records: readonly AuditRecord[]): readonly string[] {
  let end = chain;
  return records.map((record) => {
    const linked = appendToChain(end, Object(inOrder(record)), sha256);
    end = linked.chain;
    return inAscii(linked.text);
  });
}

const CHANGES: readonly ((record: AuditRecord) => AuditRecord)[] = [
  (record) => ({ ...record, time: Number(record.time) + 1 }),
  (record) => ({ ...record, status_detail: 'duplicate' }),
  (record) => ({ ...record, user: { uid: 'unresolved:CWSOMEONEELSE' } }),
  (record) => ({ ...record, message: 'nothing to see' }),
  ({ severity: _, ...record }) => record,
  (record) => ({ ...record, unmapped: { ...object(record.unmapped), request_id: 'another' } }),
  (record) => ({ ...record, metadata: { ...object(record.metadata), uid: 'another' } }),
];

const edit: Tamper = ({ lines, chains }, chance) => {
  const way = chance.fraction();
  const chain = one(chance, chains);
  if (way < 0.4) {
    const at = below(chance, lines.length);
    const line = lines[at] ?? '';
    const place = below(chance, line.length);
    const unit = String.fromCharCode(0x20 + ((line.charCodeAt(place) - 0x20 + 1 + below(chance, 94)) % 95));
    return replaced(lines, at, line.slice(0, place) + unit + line.slice(place + 1));
  }
  if (way < 0.7) {
    const at = one(chance, chain);
    return replaced(lines, at, asciiJson(one(chance, CHANGES)(parsed(lines[at]))));
  }
  // With a fingerprint that fits again: what comes after it tells.
  const at = one(chance, chain.slice(0, -1));
  const line = lines[at] ?? '';
  const [again = ''] = relinked(chainBefore(line), [one(chance, CHANGES.slice(0, 5))(parsed(line))]);
  return replaced(lines, at, again);
};

const remove: Tamper = ({ lines, chains }, chance) => {
  const inner = one(chance, chains).slice(0, -1);
  const from = below(chance, inner.length);
  return without(lines, inner.slice(from, from + 1 + below(chance, 3)));
};

const insert: Tamper = ({ lines, chains }, chance) => {
  const at = below(chance, lines.length + 1);
  const model = lines[one(chance, one(chance, chains))] ?? '';
  const { attestation_list: _, ...loose } = parsed(model);
  const forged = { ...parsed(model), metadata: { ...object(parsed(model).metadata), uid: 'forged' } };
  const ways = [
    () => asciiJson(loose),
    () => asciiJson(forged),
    () => relinked(chainBefore(model), [forged])[0] ?? '',
    () => relinked(chainAfter(model), [forged])[0] ?? '',
    () => `${model.slice(0, -1)},"x":1}`,
    () => model.slice(0, -10),
  ];
  return lines.toSpliced(at, 0, one(chance, ways)());
};

const swap: Tamper = ({ lines, chains }, chance) => {
  const chain = one(chance, chains);
  const first = below(chance, chain.length);
  const second = (first + 1 + below(chance, chain.length - 1)) % chain.length;
  const [a = 0, b = 0] = [chain[first], chain[second]];
  return lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
};

const duplicate: Tamper = ({ lines }, chance) => {
  const at = below(chance, lines.length);
  return lines.toSpliced(at + 1 + below(chance, lines.length - at), 0, lines[at] ?? '');
};

/**
 * All from somewhere on, or the end of one chain; where a checkpoint stands before the cut, only what was kept
 * elsewhere tells.
 */
const cutTail: Tamper = ({ lines, chains }, chance) => {
  const isClosed = (at: number): boolean => object(parsed(lines[at]).unmapped).phase === 'checkpoint';
  const chain = one(chance, chains);
  const ends = chain.flatMap((at, index) => (isClosed(at) ? [] : [index + 1]));
  const from = one(chance, ends);
  if (chance.fraction() < 0.5) return without(lines, chain.slice(from));
  return lines.slice(0, (chain[from - 1] ?? 0) + 1);
};

const splice: Tamper = (log, chance) => {
  const { lines, chains } = log;
  const into = one(chance, chains);
  const inner = into.slice(0, -1);
  const at = one(chance, inner);
  const others = chains.filter((chain) => chain !== into);
  const donor = one(chance, others.length === 0 ? [into] : others);
  const foreign = one(
    chance,
    donor.filter((each) => each !== at),
  );
  const line = lines[foreign] ?? '';
  // As it is, or under the name of the chain that it is put into, with its place and its link.
  if (chance.fraction() < 0.4) return replaced(lines, at, line);
  return replaced(lines, at, relinked(chainBefore(lines[at] ?? ''), [parsed(line)])[0] ?? '');
};

export const TAMPERINGS: Readonly<Record<string, Tamper>> = {
  edited: edit,
  deleted: remove,
  inserted: insert,
  swapped: swap,
  duplicated: duplicate,
  'cut off at the end': cutTail,
  spliced: splice,
};

/** What shows only beside what was kept elsewhere: every hash and every link is as it should be. */
export const FORGERIES: Readonly<Record<string, Tamper>> = {
  'rewritten from a record on': ({ lines, chains }, chance) => {
    const chain = one(chance, chains);
    const from = below(chance, chain.length - 1);
    const records = chain.slice(from).map((at) => parsed(lines[at]));
    const [first = {}, ...rest] = records;
    const again = relinked(chainBefore(lines[chain[from] ?? 0] ?? ''), [
      one(chance, CHANGES.slice(0, 5))(first),
      ...rest,
    ]);
    return lines.map((line, at) => (chain.indexOf(at) < from ? line : (again[chain.indexOf(at) - from] ?? line)));
  },
  'without one of its chains': ({ lines, chains }, chance) => without(lines, one(chance, chains)),
  'cut off after a checkpoint': ({ lines, chains }, chance) => {
    const chain = one(chance, chains);
    const closing = chain.findIndex((at) => object(parsed(lines[at]).unmapped).phase === 'checkpoint');
    return without(lines, chain.slice(closing + 1 < chain.length ? closing + 1 : 0));
  },
};
