/** What code must not contain, and where. */
import { codeOf, type Files } from './code.ts';

export interface Ban {
  /** The files for which it holds. */
  readonly in: RegExp;
  readonly what: string;
  readonly pattern: RegExp;
  /** The pattern is about comments, so they are searched too. */
  readonly inComments?: true;
  /** Files that may have it, and why. */
  readonly except?: Readonly<Record<string, string>>;
}

const OUTSIDE_IO = /^(events\/|lib\/(?!io\/))/;
const PRODUCT = /^(events|lib|handlers|bin|cli|terminal)\//;
const EVERYWHERE = /./;
const OUTSIDE_TESTS = /^(?!test\/)/;

const BANS: readonly Ban[] = [
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
  {
    in: OUTSIDE_TESTS,
    what: 'a type assertion',
    // Neither `as const`, nor another name for what is imported.
    pattern: /(?<!\b(?:import|export)\s+(?:type\s+)?(?:\w+,\s*)?\{[^}]*)(?<=[\w)\]}'`]\s+)as\s+(?!const\b)[\w({['`]/,
    except: {
      'lib/audit/record.ts': 'OrderedRecord: only the order of the fields, which has no type, makes a record one',
      'lib/io/deferred.ts': 'a proxy has the methods of the port that it loads',
    },
  },
  {
    in: EVERYWHERE,
    what: 'a class that is no error',
    pattern: /\bclass\b(?=\s*\{|\s+\w)(?!\s+\w+\s+extends\s+\w*Error\b)/,
    except: {
      'lib/io/http/signer.ts': "AWS' signer constructs its hash",
      'vitest.config.ts': 'Vitest constructs its sequencer',
      'test/mutation/vitest.config.ts': 'Vitest constructs its sequencer',
    },
  },
  { in: EVERYWHERE, what: 'a barrel', pattern: /^[ \t]*export\s+(type\s+)?\*/m },
];

/** One sentence for each ban that a file breaks, and for each exception that a file does not need. */
export const bannedCode = (files: Files): readonly string[] =>
  [...files].flatMap(([path, text]) =>
    BANS.flatMap(({ in: where, what, pattern, inComments, except = {} }) => {
      if (!where.test(path)) return [];
      const has = pattern.test(inComments ? text : codeOf(text));
      if (has === Object.hasOwn(except, path)) return [];
      return [has ? `${path} has ${what}` : `${path} may have ${what}, and needs it no longer`];
    }),
  );
