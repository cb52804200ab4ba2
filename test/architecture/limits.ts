/** How long lines may be and how short files. Biome limits files (300 lines) and functions (40), see biome.json. */
import type { Files } from './code.ts';

const LONGEST_LINE = 120;
const SHORTEST_FILE = 15;

const folderOf = (path: string): string => path.slice(0, path.indexOf('/') + 1) || './';
const linesOf = (text: string): readonly string[] => text.trimEnd().split('\n');

/** Lines over 120 characters by top folder. The formatter wraps code, but neither comments nor texts. */
export function longLines(files: Files): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [path, text] of files) {
    const long = linesOf(text).filter((line) => line.length > LONGEST_LINE).length;
    if (long > 0) counts[folderOf(path)] = (counts[folderOf(path)] ?? 0) + long;
  }
  return counts;
}

/** Files of `lib` with fewer than 15 lines: what a reader must open another file to understand. */
export const fragments = (files: Files): readonly string[] =>
  [...files]
    .filter(([path, text]) => path.startsWith('lib/') && linesOf(text).length < SHORTEST_FILE)
    .map(([path]) => path);
