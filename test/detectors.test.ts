/**
 * The detection rules in `detectors/`, run as the scanners run them as nearly as JavaScript can: keywords first, then
 * the expression. Only such expressions are let in as mean the same in RE2 (gitleaks, trufflehog), Hyperscan (GitHub),
 * Rust (Kingfisher) and here.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ReportFormat, SCANNERS } from '../events/reports/scanners.ts';
import { TOKEN_TYPES } from '../events/sources/gitlab.ts';
import { EVENT_MS, KEY_ID } from './support/event-factory.ts';
import { readReport } from './support/read-report.ts';

interface Rule {
  readonly name: string;
  /** Any of them must be in the text, whatever its case; none: no such filter. */
  readonly keywords: readonly string[];
  readonly regex: string;
}

const fileText = (name: string): string => readFileSync(new URL(`../detectors/${name}`, import.meta.url), 'utf8');
const linesOf = (name: string): readonly string[] =>
  fileText(name)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
const unknownLine = (line: string): never => {
  throw new Error(`expected a line that this test can read: ${line}`);
};

/** The few forms of TOML that the file has: anything else fails. */
function gitleaksRules(): readonly (Rule & { readonly isGrouped: boolean })[] {
  const rules: { name: string; keywords: string[]; regex: string; isGrouped: boolean }[] = [];
  for (const line of linesOf('gitleaks.toml')) {
    const rule = rules.at(-1);
    const [, key, text] = /^(\w+) = (?:'''(.+)'''|"(.+)"|(true)|\["(.+)"\])$/.exec(line)?.filter(Boolean) ?? [];
    if (line === '[[rules]]') rules.push({ name: '', keywords: [], regex: '', isGrouped: false });
    else if (rule === undefined)
      ['title', 'useDefault'].includes(key ?? line.slice(1, -1)) || line === '[extend]' || unknownLine(line);
    else if (key === 'id') rule.name = text ?? '';
    else if (key === 'regex' && line.includes("'''")) rule.regex = text ?? '';
    else if (line === 'secretGroup = 1') rule.isGrouped = true;
    else if (key === 'keywords') rule.keywords = (text ?? '').split('", "');
    else if (key !== 'description') unknownLine(line);
  }
  return rules;
}

/** The few forms of YAML that the file has: a single-quoted text has no escapes but the doubled quote. */
function trufflehogRules(): readonly Rule[] {
  const rules: { name: string; keywords: string[]; regex: string }[] = [];
  for (const line of linesOf('trufflehog.yaml')) {
    const name = /^ {2}- name: ([\w-]+)$/.exec(line)?.[1];
    const keyword = /^ {6}- ([\w-]+)$/.exec(line)?.[1];
    const regex = /^ {6}\w+: '([^']+)'$/.exec(line)?.[1];
    if (name !== undefined) rules.push({ name, keywords: [], regex: '' });
    else if (keyword !== undefined) rules.at(-1)?.keywords.push(keyword);
    else if (regex !== undefined) Object.assign(rules.at(-1) ?? {}, { regex });
    else if (!['detectors:', '    keywords:', '    regex:'].includes(line)) unknownLine(line);
  }
  return rules;
}

/** Kingfisher looks for no keywords first. */
function kingfisherRules(): readonly Rule[] {
  const rules: { name: string; keywords: string[]; regex: string }[] = [];
  for (const line of linesOf('kingfisher.yml')) {
    const name = /^ {2}- name: ([\w-]+)$/.exec(line)?.[1];
    const regex = /^ {4}pattern: '([^']+)'$/.exec(line)?.[1];
    if (name !== undefined) rules.push({ name, keywords: [''], regex: '' });
    else if (regex !== undefined) Object.assign(rules.at(-1) ?? {}, { regex });
    else if (!/^(?:rules:| {4}id: coreweave\.[a-z-]+| {4}confidence: medium)$/.test(line)) unknownLine(line);
  }
  return rules;
}

interface GithubPattern {
  readonly name: string;
  readonly pattern: string;
  readonly start_delimiter: string;
  readonly end_delimiter: string;
}
const GITHUB: readonly GithubPattern[] = JSON.parse(fileText('github.json')).patterns;

/**
 * Literals, classes of characters, groups, `?`, bounded repeats, word boundaries and the ends of a text.
 */
const COMMON = /^(?:[\w%=-]|\[\^?[\w;-]+\]|\((?:\?:)?(?!\?)|\)\??|\{\d{1,3}(?:,\d{1,3})?\}|\\[bAz[\\]|\|)+$/;

/**
 * What may precede a credential: the start of a word, or an escape that ends in an alphanumeric character (of JSON and
 * other source text, percent-encoding, quoted-printable, terminal colors), after which no word starts.
 */
const LEFT = String.raw`\\[bfnrt]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%(?:25)?[0-9A-Fa-f]{2}|=3D|\[[0-9;]{1,10}m`;

const inJs = (regex: string): string => regex.replaceAll('\\A', '^').replaceAll('\\z', '$');

const byRule =
  ({ keywords, regex }: Rule) =>
  (text: string) =>
    keywords.some((keyword) => text.toLowerCase().includes(keyword.toLowerCase()))
      ? [...text.matchAll(new RegExp(regex, 'g'))].map(([, found]) => found)
      : [];
const byGithub = (of: GithubPattern) => (text: string) =>
  [
    ...text.matchAll(new RegExp(`(?:${inJs(of.start_delimiter)})(${of.pattern})(?=${inJs(of.end_delimiter)})`, 'g')),
  ].map(([, found]) => found);

/** All four scanners: by kind of credential, in the order of the files. */
const KINDS = ['access key id', 'access key secret', 'API token'] as const;
const DETECTORS = KINDS.flatMap((kind, index) => [
  ...[gitleaksRules(), trufflehogRules(), kingfisherRules()].map((rules, at) => ({
    kind,
    by: ['gitleaks', 'trufflehog', 'Kingfisher'][at],
    find: byRule(rules[index] ?? { name: '', keywords: [], regex: '' }),
  })),
  ...GITHUB.slice(index, index + 1).map((pattern) => ({ kind, by: 'GitHub', find: byGithub(pattern) })),
]);

const LONG_ID = `CW${'Z9'.repeat(9)}`;
const SECRET = `cwo${'aB3xYz9Q'.repeat(5)}`;
const TOKEN = ['CW', 'SECRET', 'aB3x_Yz9-Q'.repeat(4)].join('-');

/** Escapes that end in an alphanumeric character, so that no word begins after them. */
const ESCAPES = ['\\n', '\\r\\n', '\\t', '\\\\n', '\\u000a', '\\x0A', '%3D', '%3d', '%253D', '%0A', '=3D'];

const around = (found: string): readonly string[] => [
  found,
  `KEY=${found}`,
  `KEY=${found}\n`,
  `"key": "${found}",`,
  `key: '${found}'`,
  `first\n${found}\r\nlast`,
  `(${found})`,
  `key=${found}&x=1`,
  `${found} is the key`,
  ...ESCAPES.map((code) => `key${code}${found}${code}next`),
  `\u001b[1;32m${found}\u001b[0m`,
  `{"key":"\\u001b[32m${found}\\u001b[0m"}`,
];

const FOUND: Readonly<Record<(typeof KINDS)[number], readonly (readonly [string, string])[]>> = {
  'access key id': [
    ...[KEY_ID, LONG_ID].flatMap((id) => around(id).map((text) => [text, id] as const)),
    [`https://bucket.cwobject.com/o?X-Amz-Credential=${KEY_ID}%2F20261123%2FUS-EAST-04A%2Fs3`, KEY_ID],
    [`AWS4-HMAC-SHA256 Credential=${KEY_ID}/20261123/`, KEY_ID],
    [`${KEY_ID}:${SECRET}`, KEY_ID],
  ],
  'access key secret': [...around(SECRET).map((text) => [text, SECRET] as const), [`${KEY_ID}:${SECRET}`, SECRET]],
  'API token': [...around(TOKEN).map((text) => [text, TOKEN] as const), [`Bearer ${TOKEN}`, TOKEN]],
};

const NOT_FOUND: Readonly<Record<(typeof KINDS)[number], readonly string[]>> = {
  'access key id': [
    KEY_ID.toLowerCase(),
    KEY_ID.slice(0, 11),
    `CW${'A'.repeat(31)}`,
    `X${KEY_ID}`,
    `${KEY_ID}x`,
    `${KEY_ID}_NAME`,
    `NAME_${KEY_ID}`,
    'CW-ABCDEFGHIJKLMN',
    `AK${KEY_ID.slice(2)}`,
    SECRET,
    TOKEN,
    '',
  ],
  'access key secret': [
    SECRET.slice(0, -1),
    `${SECRET}x`,
    `x${SECRET}`,
    SECRET.toUpperCase(),
    `${SECRET.slice(0, 20)}-${SECRET.slice(20)}`,
    'cwobject.com/api/objects/are/not/secrets/at/all',
    KEY_ID,
    TOKEN,
    '',
  ],
  'API token': [TOKEN.toLowerCase(), 'CW-SECRET-', 'CW-SECRET-name', `X${TOKEN}`, KEY_ID, SECRET, ''],
};

describe.each(DETECTORS)('for the $kind, $by', ({ kind, find }) => {
  it.each(FOUND[kind])('finds it in case %#', (text, found) => expect(find(text)).toEqual([found]));
  it.each(NOT_FOUND[kind])('finds nothing in case %#', (text) => expect(find(text)).toEqual([]));
  it('finds each of two', () => {
    const [, found] = FOUND[kind][0] ?? [];
    expect(find(`a=${found},b=${found}`)).toEqual([found, found]);
  });
});

describe('the files', () => {
  it('have the three rules each', () => {
    const names = gitleaksRules().map(({ name }) => name);
    expect(names).toEqual(['coreweave-access-key-id', 'coreweave-access-key-secret', 'coreweave-api-token']);
    expect(trufflehogRules().map(({ name }) => name)).toEqual(names);
    expect(kingfisherRules().map(({ name }) => name)).toEqual(names);
    expect(GITHUB.map(({ name }) => name.toLowerCase().replaceAll(' ', '-'))).toEqual(names);
  });
  it('name the rules as we answer GitLab, which puts underscores for spaces and for nothing else', () => {
    const types = gitleaksRules().map(({ name }) => `gitleaks_rule_id_${name.replaceAll(' ', '_')}`.toLowerCase());
    expect(TOKEN_TYPES).toEqual(expect.arrayContaining(types));
  });
  it('let a credential begin after the same escapes', () => {
    const rules = [...gitleaksRules(), ...trufflehogRules(), ...kingfisherRules()];
    expect(rules.map(({ regex }) => regex.replace(/\((?:CW|cwo).*/, ''))).toEqual(rules.map(() => `(?:\\b|${LEFT})`));
    expect(GITHUB.map(({ start_delimiter: left }) => left)).toEqual(GITHUB.map(() => `\\A|[^0-9A-Za-z_]|${LEFT}`));
  });
  it('have one group, and gitleaks is told that it holds the secret', () => {
    const rules = [...gitleaksRules(), ...trufflehogRules(), ...kingfisherRules()];
    expect(rules.map(({ regex }) => regex.match(/\((?!\?)/g)?.length)).toEqual(rules.map(() => 1));
    expect(gitleaksRules().map(({ isGrouped }) => isGrouped)).toEqual([true, true, true]);
  });
  it('hold only what means the same to all', () => {
    const all = [
      ...[...gitleaksRules(), ...trufflehogRules(), ...kingfisherRules()].map(({ regex }) => regex),
      ...GITHUB.flatMap((of) => [of.pattern, of.start_delimiter, of.end_delimiter]),
    ];
    expect(all.filter((regex) => !COMMON.test(regex))).toEqual([]);
  });
  it.each(['(?=x)', '(?<!x)x', '(a)\\1', 'a++', 'a*', '(?i)x', '[[:alpha:]]', 'a{1,}', '\\Kx'])(
    'and not %s, which is another thing to one of them',
    (regex) => expect(COMMON.test(regex)).toBe(false),
  );
  it('have keywords that are in whatever is to be found', () => {
    for (const [index, kind] of KINDS.entries()) {
      for (const [text] of FOUND[kind]) {
        for (const rules of [gitleaksRules(), trufflehogRules()]) {
          expect(rules[index]?.keywords.some((keyword) => text.toLowerCase().includes(keyword.toLowerCase()))).toBe(
            true,
          );
        }
      }
    }
  });
});

describe('what they find', () => {
  const entries: Readonly<Record<ReportFormat, (rule: string, found: string) => unknown>> = {
    gitleaks: (RuleID, Secret) => ({ RuleID, Secret, Match: Secret, File: '.env', Commit: 'ab12' }),
    trufflehog: (name, Raw) => ({
      DetectorName: 'CustomRegex',
      Raw,
      RawV2: '',
      ExtraData: { name },
      SourceMetadata: { Data: { Git: { file: '.env', commit: 'ab12' } } },
    }),
  };

  it.each(['gitleaks', 'trufflehog'] as const)('is read from a report of %s as a pair', (format) => {
    expect(Object.keys(SCANNERS)).toContain(format);
    const rules = format === 'gitleaks' ? gitleaksRules() : trufflehogRules();
    const text = `AWS_ACCESS_KEY_ID=${LONG_ID}\nAWS_SECRET_ACCESS_KEY=${SECRET}\nTOKEN=${TOKEN}\n`;
    const report = rules.flatMap((rule) => byRule(rule)(text).map((found) => entries[format](rule.name, found ?? '')));
    expect(readReport(format, JSON.stringify(report), EVENT_MS)).toMatchObject({
      kind: 'report',
      events: [
        { data: { accessKeyId: LONG_ID, confidence: 'pair' } },
        { data: { reference: { provider: 'coreweave-api-token', ref: 'ab12:.env' } } },
      ],
      summary: { found: 3, usable: 2, withoutId: 1, duplicates: 0, redacted: 0, ignored: 0, unreadable: 0 },
    });
  });
});
