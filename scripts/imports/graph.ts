/** Cycles and chains in a graph of imports. */

/** What each node imports, types included. Nodes are files or folders. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/**
 * Joins the files of each folder into one node. In a folder with subfolders each file stays a node of its own: such a
 * folder holds both what its subfolders build on and what builds on them, as `lib/ports.ts` and `lib/context.ts` do.
 */
export const folderGraph = (files: Graph): Graph => {
  const parents = new Set([...files.keys()].map((path) => parentOf(parentOf(path))));
  const nodeOf = (path: string): string => (parents.has(parentOf(path)) ? path : parentOf(path));
  const folders = new Map<string, Set<string>>();
  for (const [path, imported] of files) {
    const node = nodeOf(path);
    const next = folders.get(node) ?? new Set();
    for (const each of imported) if (nodeOf(each) !== node) next.add(nodeOf(each));
    folders.set(node, next);
  }
  return folders;
};

/** The shortest way from `start` back to itself, both ends included. */
const wayBack = (graph: Graph, start: string): readonly string[] | undefined => {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, start];
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
};

/** Each node that is in a cycle is named in at least one of them, and each cycle is named once: `a → b → a`. */
export const cyclesIn = (graph: Graph): readonly string[] => {
  const named = new Set<string>();
  const found: string[] = [];
  for (const start of [...graph.keys()].toSorted()) {
    const way = named.has(start) ? undefined : wayBack(graph, start);
    for (const each of way ?? []) named.add(each);
    if (way !== undefined) found.push(way.join(' → '));
  }
  return found;
};

/** The longest chain of imports within the files that `within` accepts, from its top. Needs a graph without cycles. */
export const longestChain = (graph: Graph, within: (path: string) => boolean): readonly string[] => {
  const chains = new Map<string, readonly string[]>();
  const chainOf = (path: string): readonly string[] => {
    const known = chains.get(path);
    if (known !== undefined) return known;
    const below = [...(graph.get(path) ?? [])].filter(within).map(chainOf);
    const chain = [path, ...longest(below)];
    chains.set(path, chain);
    return chain;
  };
  return longest([...graph.keys()].filter(within).map(chainOf));
};

const longest = (chains: readonly (readonly string[])[]): readonly string[] =>
  chains.reduce((best, each) => (each.length > best.length ? each : best), []);
