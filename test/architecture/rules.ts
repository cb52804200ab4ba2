/** The rules of the house over a set of files. Each returns one sentence per breach, sorted by file. */
import { posix } from 'node:path';
import { codeOf, type Import, importsOf } from './scan.ts';

/** Text by path from the root, with `/`. */
export type Files = ReadonlyMap<string, string>;

export interface Room {
  readonly name: string;
  /** Paths that belong to it; the first room that fits is a file's room. */
  readonly holds: RegExp;
  /** Rooms and packages it may import. `type:` before a name: as a type only. `*` in place of packages: any. */
  readonly rooms: readonly string[];
  readonly packages: readonly string[];
}

const packageOf = (specifier: string): string => /^(?:node:|@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;

const targetOf = (path: string, specifier: string): string => posix.join(posix.dirname(path), specifier);

const isAllowed = (name: string, { typeOnly }: Import, allowed: readonly string[]): boolean =>
  allowed.includes('*') || allowed.includes(name) || (typeOnly && allowed.includes(`type:${name}`));

const breachOf = (path: string, imported: Import, files: Files, rooms: readonly Room[]): string | undefined => {
  const own = rooms.find(({ holds }) => holds.test(path));
  if (own === undefined) return 'stands in no room';
  const { specifier } = imported;
  if (!specifier.startsWith('.')) {
    return isAllowed(packageOf(specifier), imported, own.packages) ? undefined : `imports ${specifier}`;
  }
  const target = targetOf(path, specifier);
  if (!/\.(ts|json)$/.test(target)) return `imports ${specifier}, without the ending of a file`;
  if (target.endsWith('.ts') && !files.has(target)) return `imports ${target}, which is not there`;
  const room = rooms.find(({ holds }) => holds.test(target))?.name ?? 'no room';
  return isAllowed(room, imported, own.rooms) ? undefined : `imports ${target} (${room})`;
};

/** Imports that the table does not allow, and files that it does not know. */
export const importBreaches = (files: Files, rooms: readonly Room[]): readonly string[] =>
  [...files].flatMap(([path, text]) => {
    const found = importsOf(text).map((imported) => breachOf(path, imported, files, rooms));
    const homeless = rooms.some(({ holds }) => holds.test(path)) ? [] : ['stands in no room'];
    return [...new Set([...homeless, ...found.filter((breach) => breach !== undefined)])].map(
      (each) => `${path} ${each}`,
    );
  });

/** Circles of imports, types included, each once: `a.ts → b.ts → a.ts`. */
export const circles = (files: Files): readonly string[] => {
  const next = (path: string): readonly string[] =>
    importsOf(files.get(path) ?? '')
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => targetOf(path, specifier))
      .filter((target) => files.has(target));
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] => {
    const at = trail.indexOf(path);
    if (at >= 0) return [[...trail.slice(at), path].join(' → ')];
    if (finished.has(path)) return [];
    const found = next(path).flatMap((target) => visit(target, [...trail, path]));
    finished.add(path);
    return found;
  };
  return [...files.keys()].flatMap((path) => visit(path, []));
};

export interface Ban {
  /** Where it holds. */
  readonly in: RegExp;
  readonly what: string;
  readonly pattern: RegExp;
  /** The pattern is about comments, so they are looked at too. */
  readonly inComments?: true;
}

/** Lines with code that a ban names. */
export const bannedCode = (files: Files, bans: readonly Ban[]): readonly string[] =>
  [...files].flatMap(([path, text]) =>
    bans
      .filter((ban) => ban.in.test(path) && ban.pattern.test(ban.inComments ? text : codeOf(text)))
      .map(({ what }) => `${path} has ${what}`),
  );

/** Files of more lines than `most`. */
export const tooLong = (files: Files, most: number): readonly string[] =>
  [...files]
    .map(([path, text]) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > most)
    .map(({ path, lines }) => `${path} has ${lines} lines, at most ${most}`);
