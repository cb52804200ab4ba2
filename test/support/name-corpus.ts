/** Real-looking names of people, repositories, domains and files, among them many that begin or read like secrets. */
import { type SeededChance, seededChance } from './seeded-chance.ts';

type Words = readonly [string, ...string[]];

const FIRST: Words = [
  ...(['Ashley', 'Bailey', 'Casey', 'Shirley', 'Stanley', 'Wesley', 'Hayley', 'Joey', 'Rey', 'Zoey'] as const),
  ...[
    'Marie',
    'Ana',
    'Jürgen',
    'Søren',
    'Łukasz',
    'Nguyễn',
    'José',
    'Björk',
    "D'Arcy",
    'Jean-Luc',
    'MacKenzie',
    '伟',
    'さくら',
  ],
];
const LAST: Words = [
  ...(['Jones', 'James', 'Jackson', 'Jensen', 'Juarez', 'Johnson', 'Jäger', 'Smith', 'McWorther', 'Macworth'] as const),
  ...['Garcia', 'Müller', 'O’Neill', "O'Brien", 'van der Berg', 'de la Cruz', 'Kowalczyk', 'Özdemir', '王', '山田'],
];
const WORDS: Words = [
  ...([
    'cw',
    'secret',
    'secrets',
    'sync',
    'store',
    'token',
    'bearer',
    'key',
    'keys',
    'money',
    'honey',
    'jar',
    'jam',
  ] as const),
  ...[
    'arc',
    'epic',
    'public',
    'music',
    'topic',
    'works',
    'world',
    'workflow',
    'workflows',
    'workers',
    'wonder',
    'wood',
  ],
  ...[
    'ghp',
    'github',
    'pat',
    'glpat',
    'gitlab',
    'xoxb',
    'slack',
    'bot',
    'private',
    'credentials',
    'rotation',
    'helper',
  ],
  ...['jwt', 'eyjafjalla', 'operator', 'controller', 'infrastructure', 'internationalization', 'authentication'],
  ...['api', 'aws', 's3', 'k8s', 'v2', 'ml', 'gpu', 'h100', 'dataset', 'checkpoint', 'tokenizer', 'base64', 'sha256'],
];
const TOP: Words = ['com', 'org', 'io', 'example', 'co.uk', 'com.br', 'internal', 'xn--p1ai', 'cloud', 'dev'];
const EXTENSIONS: Words = ['ts', 'env', 'env.example', 'yaml', 'tar.gz', 'json', 'pem', 'tfstate', 'ipynb', 'md'];
const BEFORE: Words = [
  '',
  '',
  '',
  'cw-secret-',
  'CW-SECRET-',
  's',
  't',
  'xoxb-',
  'glpat-',
  'github_pat_',
  'ghp_',
  'Bearer ',
];

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const hex = (chance: SeededChance, length: number): string =>
  Array.from({ length: Math.ceil(length / 32) }, () => chance.id().replaceAll('-', ''))
    .join('')
    .slice(0, length);
const base62 = (chance: SeededChance, length: number): string =>
  Array.from({ length }, () =>
    chance.pick([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'] as [string]),
  ).join('');

/** Two to five words, as people join them. */
function joined(chance: SeededChance): string {
  const words = Array.from({ length: 2 + Math.floor(chance.fraction() * 4) }, () => chance.pick(WORDS));
  const separator = chance.pick(['-', '-', '_', '.', '', 'camel', 'Camel', 'CAPITALS']);
  if (separator === 'camel') return words.map((word, at) => (at === 0 ? word : capital(word))).join('');
  if (separator === 'Camel') return words.map(capital).join('');
  return separator === 'CAPITALS' ? words.join('-').toUpperCase() : words.join(separator);
}

/** Words as they follow a prefix. */
const plain = (chance: SeededChance): string =>
  Array.from({ length: 2 + Math.floor(chance.fraction() * 3) }, () => chance.pick(WORDS)).join(chance.pick(['-', '_']));

/** A name that begins like a token, or does not. */
const prefixed = (chance: SeededChance): string => {
  const before = chance.pick(BEFORE);
  return before === '' ? joined(chance) : before + plain(chance);
};

const domain = (chance: SeededChance): string => {
  const start = chance.pick(['', 'www.', 'MoneyJar.', 'api.eu.', 'git.']);
  return `${start}${joined(chance).replace(/[_.]/g, '-')}.${chance.pick(TOP)}`;
};

function person(chance: SeededChance): string {
  const names = [chance.pick(FIRST), chance.pick(LAST), chance.pick(FIRST), chance.pick(LAST)];
  const separator = chance.pick(['.', '', '_', '-', ' ', '.']);
  const login = chance.pick([
    names.slice(0, 2).join(separator),
    names.join(separator),
    `${names[0]}${names[1]}.${names[2]}.${names[3]}`,
    `${hex(chance, 32)}${names[0]}.${names[1]}`,
  ]);
  return chance.pick([login, `${login}@${domain(chance)}`, `${login}_${domain(chance)}#EXT#@${domain(chance)}`]);
}

const repository = (chance: SeededChance): string => `${joined(chance)}/${prefixed(chance)}`.replace(/[^\w./-]/g, '');

const file = (chance: SeededChance): string =>
  chance.pick([
    `src/${joined(chance)}/${prefixed(chance)}.${chance.pick(EXTENSIONS)}`,
    `C:\\Users\\${chance.pick(FIRST)}\\${joined(chance)}.${chance.pick(EXTENSIONS)}`,
    `.git/objects/${hex(chance, 2)}/${hex(chance, 38)}`,
    `blobs/${base62(chance, 22)}/${base62(chance, 11)}.${chance.pick(EXTENSIONS)}`,
    `node_modules/.pnpm/@${joined(chance)}+${joined(chance)}@1.${hex(chance, 1)}.0/${joined(chance)}.js`,
  ]);

const url = (chance: SeededChance): string =>
  chance.pick([
    `https://${domain(chance)}:8443/${repository(chance)}/blob/${hex(chance, 40)}/${file(chance)}#L3-L5`,
    `https://${domain(chance)}/?mail=${chance.pick(FIRST)}@${domain(chance)}&next=%2F${joined(chance)}%3D`,
    `docker://${joined(chance).toLowerCase()}:v1.2@sha256:${hex(chance, 64)}`,
    `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${plain(chance)}/key-${base62(chance, 6)}`,
    `s3://${domain(chance)}/${hex(chance, 64)}/${chance.id()}.${chance.pick(EXTENSIONS)}`,
  ]);

export type Kind = 'person' | 'repository' | 'domain' | 'file' | 'url';

const MAKE: Readonly<Record<Kind, (chance: SeededChance) => string>> = { person, repository, domain, file, url };

/** `count` names of one kind, always the same, none beyond 256 bytes. */
export function names(kind: Kind, count: number): readonly string[] {
  const chance = seededChance(Buffer.from(kind).readUInt16BE());
  return Array.from({ length: count }, () => {
    let name = MAKE[kind](chance);
    while (Buffer.byteLength(name) > 256) name = MAKE[kind](chance);
    return name;
  });
}

/** Names that were refused once, and their like. */
export const KNOWN: readonly string[] = [
  'acme/cw-secret-sync',
  'acme/scw-secret-store',
  'acme/CW-SECRET-STORE-SYNC-OPERATOR',
  'acme/tcwoRkflowsForInternationalPayments',
  'acme/tcwoRkflowsForInternationalPaymentsAndTaxReports',
  'AshleyJones.Marie.Smith@example.com',
  'MoneyJar.co.uk',
  'https://user.MoneyJar.co.uk/path',
  'xoxb-release-notes-generator-service',
  'glpat-rotation-helper-service',
  'github_pat_rotation_helper_for_enterprise_accounts',
  'Bearer authentication middleware for express',
  'Bearer authentication-middleware-for-express',
  'macworldinternationalconferenceandexposition.example',
];
