/** What code must not contain, and where. */
import { codeOf, type Files } from './code.ts';

export interface Ban {
  /** The files for which it holds. */
  readonly in: RegExp;
  readonly what: string;
  readonly pattern: RegExp;
  /** The pattern is about comments, so they are searched too. */
  readonly inComments?: true;
}

const OUTSIDE_IO = /^(events\/|lib\/(?!io\/))/;
const PRODUCT = /^(events|lib|handlers|bin|cli|terminal)\//;
const EVERYWHERE = /./;

export const BANS: readonly Ban[] = [
  {
    in: OUTSIDE_IO,
    what: 'a clock of its own',
    pattern: /\bDate\.now\b|\bnew Date\b(?!\s*\(\s*[^)\s])|(?<!new )\bDate\(\s*\)|\bperformance\b|\bTemporal\.Now\b/,
  },
  { in: OUTSIDE_IO, what: 'randomness of its own', pattern: /\bMath\.random\b|\bcrypto\.|\brandomUUID\b/ },
  { in: OUTSIDE_IO, what: 'the process', pattern: /\bprocess\.|\bglobalThis\b|\bconsole\./ },
  {
    in: OUTSIDE_IO,
    what: 'timers or the network',
    pattern: /\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bAbortSignal\.timeout\b|\bfetch\(|\bWebSocket\b/,
  },
  { in: /^terminal\//, what: 'the environment', pattern: /\bprocess\.env\b/ },
  {
    in: PRODUCT,
    what: 'a module that no import names',
    pattern: /(?<![.\w])import\s*\(\s*[^'\s]|\brequire\s*\(|\bcreateRequire\b|\bgetBuiltinModule\b/,
  },
  { in: EVERYWHERE, what: 'any', pattern: /(?::|\bas|[<,|&=(])\s*any\b(?!\s*[:(])/ },
  { in: EVERYWHERE, what: 'a module mock', pattern: /\b(vi|vitest)\.(do)?(un)?mock\b|\bmock\.module\b/i },
  {
    in: EVERYWHERE,
    what: 'a test that is left out',
    pattern: /\b(it|test|describe|suite|bench)(\.\w+)*\.(only|skip|todo|fails)\b|\b[xf](it|describe)\(/,
  },
  { in: EVERYWHERE, what: 'a silenced compiler', pattern: /@ts-(ignore|nocheck|expect-error)/, inComments: true },
  {
    in: EVERYWHERE,
    what: 'a silenced linter',
    pattern: /biome-ignore-(all|start)|biome-ignore lint\/\w+\/noExcessive/,
    inComments: true,
  },
  { in: EVERYWHERE, what: 'a barrel', pattern: /^[ \t]*export\s+(type\s+)?\*/m },
];

/** One sentence for each ban that a file breaks. */
export const bannedCode = (files: Files, bans: readonly Ban[] = BANS): readonly string[] =>
  [...files].flatMap(([path, text]) =>
    bans
      .filter((ban) => ban.in.test(path) && ban.pattern.test(ban.inComments ? text : codeOf(text)))
      .map(({ what }) => `${path} has ${what}`),
  );
