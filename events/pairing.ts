/**
 * Decides which key ids of a place leaked together with their secret. It works on values (`sources/findings.ts` reads
 * the texts) and gets the findings of one place at a time, so nothing is ever paired across places.
 */
import type { AccessKeyId } from './ids.ts';
import {
  type Group,
  groupOf,
  groupsWithin,
  type IdNode,
  listsOf,
  type Node,
  type Order,
  orderOf,
  pairNearest,
  type SecretNode,
  seamOf,
} from './line-groups.ts';

/** A key id or a secret as a scanner saw it. `line` is absent where the sender tells none. */
export type CredentialToken = { readonly line?: number | undefined } & (
  | { readonly kind: 'id'; readonly value: AccessKeyId }
  | { readonly kind: 'secret'; readonly value: string }
);

export interface Pairing {
  /** Ids that leaked with a secret: never more than there are secrets. */
  readonly pairs: ReadonlySet<AccessKeyId>;
  /** Secrets of which `loose` belong to none of the ids; which ones is unknown. */
  readonly open: ReadonlySet<string>;
  readonly loose: number;
}

/** Lines between an id and its secret: the surest distance decides first. */
const WINDOWS = [0, 1, 5] as const;
const WIDEST = 5;

interface Dispute {
  readonly group: Group;
  readonly window: number;
}

interface State {
  readonly pairs: Set<AccessKeyId>;
  readonly open: Set<string>;
  loose: number;
  /** What nothing has decided yet. */
  readonly rest: Set<Node>;
  /** How groups with as many secrets as ids are ordered. */
  readonly orders: Set<Order>;
  readonly disputes: Dispute[];
}

/** Each element of `findings` is what one finding held. The order of findings and tokens does not matter. */
export function pairUp(findings: readonly (readonly CredentialToken[])[]): Pairing {
  const nodes = nodesOf(findings.flat());
  const rest = new Set(nodes.values());
  const state: State = { pairs: new Set(), open: new Set(), loose: 0, rest, orders: new Set(), disputes: [] };
  takeLonePair(state);
  takeBoundPairs(findings, nodes, state);
  for (const window of WINDOWS) decideWithin(window, state);
  const [order, otherOrder] = state.orders;
  if (order !== undefined && order !== 'mixed' && otherOrder === undefined) {
    for (const dispute of state.disputes) settle(dispute, order, state);
  }
  releaseRest(state);
  return { pairs: state.pairs, open: state.open, loose: state.loose };
}

const keyOf = ({ kind, value }: CredentialToken): string => `${kind} ${value}`;

function nodesOf(tokens: readonly CredentialToken[]): ReadonlyMap<string, Node> {
  const seen = new Map<string, { readonly token: CredentialToken; readonly lines: Set<number> }>();
  for (const token of tokens) {
    const known = seen.get(keyOf(token)) ?? { token, lines: new Set<number>() };
    seen.set(keyOf(token), known);
    if (token.line !== undefined) known.lines.add(token.line);
  }
  const nodes = [...seen].map(([key, { token, lines }]) => {
    const { line: _, ...value } = token;
    return [key, { ...value, lines: [...lines].sort((a, b) => a - b) }] as const;
  });
  return new Map(nodes);
}

/** Without lines, only a place that holds one id and one secret is a pair. */
function takeLonePair(state: State): void {
  const { ids, secrets } = groupOf(state.rest);
  const [id, secret] = [ids[0], secrets[0]];
  if (id === undefined || secret === undefined || ids.length + secrets.length > 2) return;
  if (id.lines.length === 0 || secret.lines.length === 0) takePair(id, secret, state);
}

function takePair(id: IdNode, secret: SecretNode, { pairs, rest }: State): void {
  pairs.add(id.value);
  rest.delete(id);
  rest.delete(secret);
}

/**
 * A finding with one id and one secret is a pair. A detector of two patterns reports each id with each secret nearby,
 * which proves nothing, so neither side may have a second partner.
 */
function takeBoundPairs(
  findings: readonly (readonly CredentialToken[])[],
  nodes: ReadonlyMap<string, Node>,
  state: State,
): void {
  const secretsOf = new Map<IdNode, Set<SecretNode>>();
  const idsOf = new Map<SecretNode, Set<IdNode>>();
  for (const tokens of findings.filter(({ length }) => length > 1)) {
    const { ids, secrets } = groupOf(new Set(tokens.flatMap((token) => nodes.get(keyOf(token)) ?? [])));
    const [id, secret] = [ids[0], secrets[0]];
    if (id === undefined || secret === undefined || ids.length + secrets.length > 2) continue;
    secretsOf.set(id, (secretsOf.get(id) ?? new Set()).add(secret));
    idsOf.set(secret, (idsOf.get(secret) ?? new Set()).add(id));
  }
  for (const [id, [secret, second]] of secretsOf) {
    if (secret !== undefined && second === undefined && idsOf.get(secret)?.size === 1) takePair(id, secret, state);
  }
}

/** `count` of the secrets belong to no id of the place. */
function release(secrets: readonly SecretNode[], count: number, state: State): void {
  if (count > 0) for (const { value } of secrets) state.open.add(value);
  state.loose += count;
}

/** Secrets that are far from every id. Where a line is unknown, the ids are held, and only a surplus is loose. */
function releaseRest(state: State): void {
  const { ids, secrets } = groupOf(state.rest);
  const hasUnknownLine = [...ids, ...secrets].some(({ lines }) => lines.length === 0);
  release(secrets, hasUnknownLine ? Math.max(0, secrets.length - ids.length) : secrets.length, state);
}

function decideWithin(window: number, state: State): void {
  // Ids and secrets on one line are no lists, however many there are.
  const lists = window === 0 ? undefined : listsOf(state.rest);
  for (const group of groupsWithin(window, state.rest)) {
    const seam = lists === undefined ? undefined : seamOf(group, lists);
    // Where a list of ids meets a list of secrets, a wider window sees more of both.
    if (seam !== undefined && window < WIDEST) continue;
    for (const node of [...group.ids, ...group.secrets]) state.rest.delete(node);
    if (seam !== undefined && seam.secrets < seam.ids) continue;
    decide({ group, window }, state);
  }
}

function decide(dispute: Dispute, state: State): void {
  const { ids, secrets } = dispute.group;
  if (secrets.length < ids.length) {
    state.disputes.push(dispute);
    return;
  }
  for (const { value } of ids) state.pairs.add(value);
  release(secrets, secrets.length - ids.length, state);
  const order = secrets.length === ids.length ? orderOf(dispute.group) : undefined;
  if (order !== undefined) state.orders.add(order);
}

/** Fewer secrets than ids: each secret takes the id where the other pairs of the file have theirs. The rest is held. */
function settle({ group, window }: Dispute, order: 'id-first' | 'secret-first', state: State): void {
  if (window === 0) return;
  const { pairs, lone } = pairNearest(group, order, window);
  for (const { value } of pairs) state.pairs.add(value);
  release(lone, lone.length, state);
}
