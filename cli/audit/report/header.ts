/** The header of the report: what the records are of, and which files it was made from. */
import { formatInteger, pluralize } from '../../../terminal/format.ts';
import { formatInstant } from './format.ts';
import { type Html, html } from './html.ts';

export interface ReportFile {
  readonly name: string;
  /** SHA-256 in hex; absent: it was piped in. */
  readonly sha256?: string;
}

/** What no record has. */
export interface Deployment {
  readonly stack: string;
  readonly account: string;
  readonly region: string;
}

export interface ReportOrigin {
  /** Read from the stack that the operator named. */
  readonly deployment: Deployment | undefined;
  readonly inputs: readonly ReportFile[];
  /** Epoch ms. */
  readonly generatedAt: number;
  /** What the records say of the handler. */
  readonly modes: readonly string[];
  readonly versions: readonly string[];
  /** Names of the functions, which begin with the stack's. */
  readonly functions: readonly string[];
}

const ABSENT = 'not in the records';
/** Names of the functions after the stack's (serverless.yml). */
const FUNCTION = /^(.+)-(?:revokeUrgent|revokeBulk|ingest|replay|reconcile)$/;
const MAX_OPEN_FILES = 3;

const stacksOf = (functions: readonly string[]): readonly string[] => [
  ...new Set(functions.flatMap((name) => FUNCTION.exec(name)?.[1] ?? [])),
];

export function originHtml({ deployment, inputs, generatedAt, modes, versions, functions }: ReportOrigin): Html {
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['Stack', deployment?.stack ?? stacksOf(functions).join(', ')],
    ['Account', deployment?.account ?? ''],
    ['Region', deployment?.region ?? ''],
    ['Mode', modes.join(', ')],
    ['Handler version', versions.join(', ')],
    ['Functions', functions.join(', ')],
    ['Generated at', `${formatInstant(generatedAt)} UTC`],
  ];
  return html`<dl class="origin small">${facts.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value || html`<span class="soft">${ABSENT}</span>`}</dd></div>
`,
  )}<div><dt>Made from</dt><dd>${inputsHtml(inputs)}</dd></div></dl>`;
}

/** Folded where there are many: an export has hundreds of files. */
function inputsHtml(inputs: readonly ReportFile[]): Html {
  const files = inputs.map(
    ({ name, sha256 }) => html`<div><span class="id">${name}</span>${
      sha256 === undefined ? undefined : html` SHA-256 <span class="id">${sha256}</span>`
    }</div>
`,
  );
  if (inputs.length <= MAX_OPEN_FILES) return html`${files}`;
  const summary = `${pluralize(inputs.length, 'file', formatInteger)} with SHA-256`;
  return html`<details><summary>${summary}</summary>${files}</details>`;
}
