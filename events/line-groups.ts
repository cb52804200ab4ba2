/** Where key ids and secrets stand in one file: which are near each other, and in which order. */
import type { AccessKeyId } from './ids.ts';

/** A distinct id or secret. `lines`: where it was seen, ascending; empty where the sender tells no line. */
export interface IdNode {
  readonly kind: 'id';
  readonly value: AccessKeyId;
  readonly lines: readonly number[];
}
export interface SecretNode {
  readonly kind: 'secret';
  readonly value: string;
  readonly lines: readonly number[];
}
export type Node = IdNode | SecretNode;

export interface Group {
  readonly ids: readonly IdNode[];
  readonly secrets: readonly SecretNode[];
}

export const groupOf = (nodes: Iterable<Node>): Group => {
  const all = [...nodes];
  return { ids: all.filter((node) => node.kind === 'id'), secrets: all.filter((node) => node.kind === 'secret') };
};

interface Sighting {
  readonly node: Node;
  readonly line: number;
}

const sightingsOf = (nodes: Iterable<Node>): readonly Sighting[] =>
  [...nodes].flatMap((node) => node.lines.map((line) => ({ node, line }))).sort((a, b) => a.line - b.line);

/**
 * Groups of ids and secrets that are at most `reach` lines apart, directly or through others. Takes one pass over the
 * lines, however many ids and secrets stand on one.
 */
export function groupsWithin(reach: number, nodes: Iterable<Node>): readonly Group[] {
  const groups = createGroups();
  const waiting: Record<Node['kind'], Sighting[]> = { id: [], secret: [] };
  for (const { node, line } of sightingsOf(nodes)) {
    const other = node.kind === 'id' ? 'secret' : 'id';
    const near = waiting[other].filter((sighting) => sighting.line >= line - reach);
    for (const sighting of near) groups.join(node, sighting.node);
    // All of these are one group now, so the last of them speaks for the others.
    waiting[other] = near.slice(-1);
    waiting[node.kind].push({ node, line });
  }
  return groups.all().map(groupOf);
}

/** Disjoint sets of nodes (union by size). */
function createGroups() {
  const groups = new Map<Node, Node[]>();
  const own = (node: Node): Node[] => {
    const known = groups.get(node) ?? [node];
    groups.set(node, known);
    return known;
  };
  return {
    join(one: Node, other: Node): void {
      const [small = [], large = []] = [own(one), own(other)].sort((a, b) => a.length - b.length);
      if (small === large) return;
      for (const node of small) {
        large.push(node);
        groups.set(node, large);
      }
    },
    all: (): readonly (readonly Node[])[] => [...new Set(groups.values())],
  };
}

/** A list: ids, or secrets, on neighboring lines. */
const LIST_GAP = 1;

/** The list of each node, by its first line. */
export type Lists = ReadonlyMap<Node, readonly Node[]>;

export function listsOf(nodes: Iterable<Node>): Lists {
  const lists = new Map<Node, Node[]>();
  const last: Partial<Record<Node['kind'], Sighting>> = {};
  const firsts = [...nodes].flatMap((node) => node.lines.slice(0, 1).map((line) => ({ node, line })));
  for (const sighting of firsts.sort((a, b) => a.line - b.line)) {
    const { node, line } = sighting;
    const before = last[node.kind];
    const list = before !== undefined && line - before.line <= LIST_GAP ? lists.get(before.node) : undefined;
    lists.set(node, list ?? []);
    lists.get(node)?.push(node);
    last[node.kind] = sighting;
  }
  return lists;
}

/**
 * Where a group holds only the ends of a list of ids and of a list of secrets: how many the whole lists hold. Otherwise
 * undefined.
 */
export function seamOf(
  { ids, secrets }: Group,
  lists: Lists,
): { readonly ids: number; readonly secrets: number } | undefined {
  const whole = (nodes: readonly Node[]): number =>
    [...new Set(nodes.map((node) => lists.get(node)))].reduce((sum, list) => sum + (list?.length ?? 0), 0);
  const all = { ids: whole(ids), secrets: whole(secrets) };
  return all.ids > ids.length && all.secrets > secrets.length ? all : undefined;
}

/** How a file orders its pairs. `mixed`: not always alike. */
export type Order = 'id-first' | 'secret-first' | 'mixed';

/** The order of a group with as many secrets as ids. Undefined: all on one line, or a value on several lines. */
export function orderOf({ ids, secrets }: Group): Order | undefined {
  const nodes: readonly Node[] = [...ids, ...secrets];
  if (nodes.some(({ lines }) => lines.length !== 1)) return undefined;
  const seen = sightingsOf(nodes);
  const [first] = seen;
  if (first === undefined || seen.every(({ line }) => line === first.line)) return undefined;
  const alternates = seen.every(({ node }, at) => node.kind !== seen[at - 1]?.node.kind);
  if (!alternates) return 'mixed';
  return first.node.kind === 'id' ? 'id-first' : 'secret-first';
}

/** A line of ids, and the secrets that have it nearest. They share its ids: a line may hold thousands of both. */
interface Claim {
  readonly line: number;
  readonly ids: Set<IdNode>;
  readonly secrets: Set<SecretNode>;
}

/** `pairs`: ids that are the only nearest one of a secret, and of no other. `lone`: secrets without an id near them. */
export interface Nearest {
  readonly pairs: readonly IdNode[];
  readonly lone: readonly SecretNode[];
}

/**
 * Pairs each secret of a group with the id on the nearest line before it (`id-first`) or after it, at most `reach`
 * lines away. No id and secret of the group share a line.
 */
export function pairNearest(group: Group, order: 'id-first' | 'secret-first', reach: number): Nearest {
  const claims = claimsOf(group, order, reach);
  const idOf = solePartners(claims.map(({ ids, secrets }) => [secrets, ids]));
  const secretOf = solePartners(claims.map(({ ids, secrets }) => [ids, secrets]));
  return {
    pairs: group.secrets.flatMap((secret) => {
      const id = idOf.get(secret);
      return id !== undefined && id !== 'several' && secretOf.get(id) === secret ? [id] : [];
    }),
    lone: group.secrets.filter((secret) => !idOf.has(secret)),
  };
}

function claimsOf({ ids, secrets }: Group, order: 'id-first' | 'secret-first', reach: number): readonly Claim[] {
  const claims: Claim[] = [];
  const seen = sightingsOf([...ids, ...secrets]);
  for (const { node, line } of order === 'id-first' ? seen : seen.toReversed()) {
    const last = claims.at(-1);
    if (node.kind === 'id') {
      if (last?.line === line) last.ids.add(node);
      else claims.push({ line, ids: new Set([node]), secrets: new Set() });
    } else if (last !== undefined && Math.abs(line - last.line) <= reach) last.secrets.add(node);
  }
  return claims;
}

/** The partner of each node that has one. Looks at two partners of a line at most, however many stand on it. */
function solePartners<Of, Partner>(
  lines: readonly (readonly [of: Iterable<Of>, partners: Iterable<Partner>])[],
): ReadonlyMap<Of, Partner | 'several'> {
  const sole = new Map<Of, Partner | 'several'>();
  for (const [nodes, [partner, second]] of lines) {
    if (partner === undefined) continue;
    for (const node of nodes) {
      const isSole = second === undefined && (sole.get(node) ?? partner) === partner;
      sole.set(node, isSole ? partner : 'several');
    }
  }
  return sole;
}
