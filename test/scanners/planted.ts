/**
 * What leaked into a repository: a pair of id and secret for each format of file, and a few other credentials. All are
 * put together at run time, so that no file of this project holds one.
 */
import { seededChance } from '../support/seeded-chance.ts';

export interface Pair {
  readonly id: string;
  readonly secret: string;
}

interface Format {
  readonly path: string;
  readonly text: (pair: Pair) => string;
}

export interface Planted extends Pair {
  readonly format: string;
  readonly path: string;
  readonly text: string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;
const credentials = ({ id, secret }: Pair): string =>
  lines('[default]', `aws_access_key_id = ${id}`, `aws_secret_access_key = ${secret}`);
const manifest = (...data: readonly string[]): string =>
  lines('apiVersion: v1', 'kind: Secret', 'metadata:', '  name: storage', 'data:', ...data);

const CONFIGURATION: Readonly<Record<string, Format>> = {
  env: {
    path: 'api/.env',
    text: ({ id, secret }) => lines('REGION=US-EAST-04A', `AWS_ACCESS_KEY_ID=${id}`, `AWS_SECRET_ACCESS_KEY=${secret}`),
  },
  'shell export': {
    path: 'scripts/upload.sh',
    text: ({ id, secret }) =>
      lines('#!/bin/sh', `export AWS_ACCESS_KEY_ID="${id}"`, `export AWS_SECRET_ACCESS_KEY="${secret}"`, 's5cmd ls'),
  },
  YAML: {
    path: 'config/storage.yaml',
    text: ({ id, secret }) =>
      lines('storage:', '  endpoint: https://cwobject.com', `  key: ${id}`, `  pass: ${secret}`),
  },
  JSON: { path: 'config/storage.json', text: ({ id, secret }) => json({ accessKeyId: id, secretAccessKey: secret }) },
  'JSON with escaped newlines': {
    path: 'config/bundle.json',
    text: (pair) => json({ name: 'credentials', content: credentials(pair) }),
  },
  TOML: {
    path: 'config/storage.toml',
    text: ({ id, secret }) => lines('[storage]', `access_key = "${id}"`, `secret_key = "${secret}"`),
  },
  'credentials file': { path: 'home/.aws/credentials', text: credentials },
  netrc: {
    path: 'home/.netrc',
    text: ({ id, secret }) => lines('machine cwobject.com', `  login ${id}`, `  password ${secret}`),
  },
  'Java properties': {
    path: 'src/main/resources/application.properties',
    text: ({ id, secret }) => lines(`s3.accessKey=${id}`, `s3.secretKey:${secret}`),
  },
};

const INFRASTRUCTURE: Readonly<Record<string, Format>> = {
  'Terraform variables': {
    path: 'infra/prod.tfvars',
    text: ({ id, secret }) => lines(`access_key_id     = "${id}"`, `secret_access_key = "${secret}"`),
  },
  'Terraform state': {
    path: 'infra/terraform.tfstate',
    text: (pair) =>
      json({
        version: 4,
        resources: [{ type: 'local_sensitive_file', instances: [{ attributes: { content: credentials(pair) } }] }],
      }),
  },
  'Kubernetes secret': {
    path: 'deploy/secret.yaml',
    text: ({ id, secret }) => manifest(`  accessKeyId: ${base64(id)}`, `  secretAccessKey: ${base64(secret)}`),
  },
  'Kubernetes secret of a file': {
    path: 'deploy/secret-file.yaml',
    text: (pair) => manifest(`  config: ${base64(credentials(pair))}`),
  },
  'Docker Compose': {
    path: 'docker-compose.yml',
    text: ({ id, secret }) =>
      lines(
        ...['services:', '  train:', '    image: train:1', '    environment:'],
        ...[`      - AWS_ACCESS_KEY_ID=${id}`, `      - AWS_SECRET_ACCESS_KEY=${secret}`],
      ),
  },
};

const SOURCE: Readonly<Record<string, Format>> = {
  Python: {
    path: 'src/train.py',
    text: ({ id, secret }) =>
      lines(
        ...['import boto3', 'client = boto3.client(', '    "s3",', '    endpoint_url="https://cwobject.com",'],
        ...[`    aws_access_key_id="${id}",`, `    aws_secret_access_key="${secret}",`, ')'],
      ),
  },
  TypeScript: {
    path: 'src/store.ts',
    text: ({ id, secret }) =>
      lines('const store = new S3Client({', `  credentials: { id: '${id}', key: '${secret}' },`),
  },
  Go: {
    path: 'src/store.go',
    text: ({ id, secret }) =>
      lines('package store', '', 'const (', `\taccessKeyID = "${id}"`, `\tsecretKey   = \`${secret}\``, ')'),
  },
  notebook: {
    path: 'notebooks/train.ipynb',
    text: ({ id, secret }) =>
      json({
        cells: [{ cell_type: 'code', source: [`os.environ["ID"] = "${id}"\n`, `os.environ["KEY"] = "${secret}"\n`] }],
        nbformat: 4,
      }),
  },
};

const TEXT: Readonly<Record<string, Format>> = {
  CSV: {
    path: 'exports/access-keys.csv',
    text: ({ id, secret }) => lines('Access key ID,Secret access key', `${id},${secret}`),
  },
  Markdown: {
    path: 'docs/setup.md',
    text: ({ id, secret }) => lines('# Set-up', '', `- key: \`${id}\``, `- pass: **${secret}**`),
  },
  HTML: {
    path: 'public/keys.html',
    text: ({ id, secret }) =>
      lines('<table>', `<tr><td>${id}</td><td title=&quot;${secret}&quot;>…</td></tr>`, '</table>'),
  },
  'URL-encoded query': {
    path: 'logs/access.log',
    text: ({ id, secret }) => lines(`GET /login?next=%2Fs3%3Fid%3D${id}%26key%3D${secret}%26region%3DUS-EAST-04A 302`),
  },
  'chat export': {
    path: 'exports/chat.json',
    text: ({ id, secret }) => json([{ user: 'U1', text: `here you are:\r\n${id}\n${secret}\nfor the training` }]),
  },
  'log lines in JSON': {
    path: 'logs/app.jsonl',
    text: ({ id, secret }) =>
      lines(
        JSON.stringify({ level: 'info' }),
        JSON.stringify({ level: 'debug', message: `id\t${id}\tkey\t${secret}\t` }),
      ),
  },
  'colored log': {
    path: 'logs/job.txt',
    text: ({ id, secret }) =>
      lines('::group::env', `id \u001b[36;1m${id}\u001b[0m`, `key \u001b[36;1m${secret}\u001b[0m`),
  },
  'quoted-printable mail': {
    path: 'exports/mail.eml',
    text: ({ id, secret }) =>
      lines('Content-Transfer-Encoding: quoted-printable', '', `id=3D${id}`, `key=3D${secret}`, ''),
  },
};

const FORMATS = { ...CONFIGURATION, ...INFRASTRUCTURE, ...SOURCE, ...TEXT };

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const chance = seededChance(20);
const random = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet.charAt(Math.floor(chance.fraction() * alphabet.length))).join('');
const alphanumeric = (length: number): string => random(CAPITALS + CAPITALS.toLowerCase() + DIGITS, length);

/** A digit in each: without one, an id could be a word, and a secret a name. */
const createPair = (): Pair => ({ id: `CW4${random(CAPITALS + DIGITS, 17)}`, secret: `cwo7${alphanumeric(39)}` });

/** One file for each format. */
export const PLANTED: readonly Planted[] = Object.entries(FORMATS).map(([format, { path, text }]) => {
  const pair = createPair();
  return { ...pair, format, path, text: text(pair) };
});

/** Was committed and then removed: only the history has it. */
export const REMOVED: Planted = { ...createPair(), format: 'history', path: 'old/.env', text: '' };

/** An id without its secret, as presigned URLs show it. */
export const LONE_ID = createPair().id;
const LONE_SECRET = createPair().secret;
const API_TOKEN = `CW-SECRET-${alphanumeric(32)}`;

/** Credentials of other providers. */
const STRANGERS: readonly string[] = [
  `AWS_ACCESS_KEY_ID=AKIA${random('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
  `AWS_SECRET_ACCESS_KEY=${alphanumeric(40)}`,
  `GITHUB_TOKEN=ghp_${alphanumeric(36)}`,
];

/** Beside the pairs, by path. */
export const OTHERS: Readonly<Record<string, string>> = {
  'lone/presigned.txt': lines(`https://b.cwobject.com/o?X-Amz-Credential=${LONE_ID}%2F20261123%2FUS-EAST-04A%2Fs3`),
  'lone/secret.txt': lines(`storage: ${LONE_SECRET}`),
  'lone/token.txt': lines(`authorization: Bearer ${API_TOKEN}`),
  'lone/names.txt': lines('const CWSECRETACCESSKEY = process.env.CWSECRETACCESSKEY'),
  'strangers/aws.env': lines(...STRANGERS.slice(0, 2)),
  'strangers/github.env': lines(...STRANGERS.slice(2)),
};

/** No output may repeat one. */
export const SECRETS: readonly string[] = [
  ...PLANTED.map(({ secret }) => secret),
  REMOVED.secret,
  LONE_SECRET,
  API_TOKEN,
  ...STRANGERS.map((each) => each.split('=').slice(1).join('=')),
];

export const envOf = ({ id, secret }: Pair): string =>
  lines(`AWS_ACCESS_KEY_ID=${id}`, `AWS_SECRET_ACCESS_KEY=${secret}`);
