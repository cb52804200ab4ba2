/**
 * `npm run init-stage prod`: asks for what most stages need and writes it to stages/prod.yml, from which every
 * deployment of that stage takes it. `-- --alarmEmail=…` answers in advance, for any parameter of the stack.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { principalName } from '../events/ids.ts';
import { templates } from '../lib/io/config/parse.ts';
import { systemTerminal, type Terminal } from '../terminal/terminal.ts';

interface Question {
  readonly parameter: string;
  /** What is asked, and the comment in the file. */
  readonly what: string;
  readonly suggested?: string;
  /** Of an answer that is not empty. */
  readonly expected: string;
  isValid(answer: string): boolean;
}

const ARNS =
  /^arn:[a-z-]+:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+(?:,arn:[a-z-]+:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+)*$/;

/** `mode` is not asked: a stage begins in dry run. */
const QUESTIONS: readonly Question[] = [
  {
    parameter: 'selfPrincipal',
    what: 'principal of the owner of the API token, which is never revoked',
    expected: 'coreweave/<uid>, as the console shows the uid',
    isValid: (answer) => principalName.safeParse(answer).success,
  },
  {
    parameter: 'alarmEmail',
    what: 'address that gets the alarms',
    expected: 'an email address',
    isValid: (answer) => /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/.test(answer),
  },
  {
    parameter: 'principalTemplates',
    what: 'how a person becomes a principal, as JSON',
    suggested: '["saml/{email}"]',
    expected: 'a JSON list such as ["saml/{email}"], with exactly one {email}, {login} or {externalId} in each',
    isValid: (answer) => templates(answer).ok,
  },
  {
    parameter: 'operatorArns',
    what: 'IAM roles of the on-call engineers, comma-separated',
    expected: 'ARNs such as arn:aws:iam::111122223333:role/revocation-operator',
    isValid: (answer) => ARNS.test(answer),
  },
  {
    parameter: 'runbookUrl',
    what: 'URL of your copy of RUNBOOK.md, to which alarms link',
    expected: 'an https URL',
    isValid: (answer) => /^https:\/\/[!-~]+$/.test(answer),
  },
];

type Answers = ReadonlyMap<string, string>;

/** Words of the command line: the stage, and `--parameter=value`. Returns what is wrong in place of them. */
function parseWords(words: readonly string[], parameters: readonly string[]): Parsed | string {
  const [stage = '', ...others] = words.filter((word) => !word.startsWith('--'));
  if (others.length > 0 || !/^[a-z][a-z0-9-]{0,29}$/.test(stage) || stage === 'default')
    return 'expected the name of one stage: lower-case letters, digits and dashes, such as prod';
  const given = new Map<string, string>();
  for (const word of words.filter((each) => each.startsWith('--'))) {
    const [, parameter = '', value = ''] = /^--(\w+)=(.*)$/s.exec(word) ?? [];
    if (!parameters.includes(parameter)) return `expected --<parameter>=<value>: docs/reference.md has the parameters`;
    const question = QUESTIONS.find((each) => each.parameter === parameter);
    if (question !== undefined && value !== '' && !question.isValid(value))
      return `--${parameter}: expected ${question.expected}`;
    given.set(parameter, value);
  }
  return { stage, given };
}

interface Parsed {
  readonly stage: string;
  readonly given: Answers;
}

/** Asks what is not given. Without a terminal the rest stays empty. Undefined: cancelled by Ctrl-C. */
async function askQuestions(terminal: Terminal, given: Answers): Promise<Answers | undefined> {
  const answers = new Map(given);
  for (const { parameter, what, suggested = '', expected, isValid } of QUESTIONS) {
    if (answers.has(parameter)) continue;
    let answer = terminal.canAsk ? undefined : suggested;
    while (answer === undefined) {
      const typed = await terminal.ask(`${parameter}: ${what} [${suggested || 'later'}] `);
      if (typed === undefined) return undefined;
      const value = typed.trim() || suggested;
      if (value === '' || isValid(value)) answer = value;
      else terminal.writeError(`  expected ${expected}\n`);
    }
    answers.set(parameter, answer);
  }
  return answers;
}

/** A JSON string is a YAML string (YAML 1.2.2, 10.2). What is empty is a comment, to be filled in later. */
function stageFile(stage: string, answers: Answers): string {
  const others = [...answers].filter(([name]) => name !== 'mode' && !QUESTIONS.some((each) => each.parameter === name));
  const lines = [
    ...QUESTIONS.map(({ parameter, what }) => [parameter, answers.get(parameter) ?? '', ` # ${what}`] as const),
    ...others.map(([parameter, value]) => [parameter, value, ''] as const),
  ].map(([parameter, value, comment]) => `${value === '' ? '# ' : ''}${parameter}: ${JSON.stringify(value)}${comment}`);
  return [
    `# Parameters of the stage ${stage}. Every deployment takes them from here: keep the file in version control.`,
    '# All parameters and their defaults: serverless.yml. Meanings: docs/reference.md. No secrets belong here.',
    `mode: ${JSON.stringify(answers.get('mode') || 'dry-run')} # \`enforce\` revokes`,
    ...lines,
    '',
  ].join('\n');
}

const PARAMS = '\nparams:\n';

/** Text of serverless.yml with a line that loads the stage; undefined: it has a section for that stage. */
export function withStage(text: string, stage: string): string | undefined {
  const line = `  ${stage}: \${file(stages/${stage}.yml)}\n`;
  if (text.includes(PARAMS + line) || text.includes(`\n${line}`)) return text;
  if (new RegExp(`^  ${stage}:`, 'm').test(text.slice(text.indexOf(PARAMS), text.indexOf('\nprovider:'))))
    return undefined;
  return text.replace(PARAMS, () => PARAMS + line);
}

/** Resolves with the exit code. */
export async function initStage(words: readonly string[], root: string, terminal: Terminal): Promise<number> {
  const fail = (problem: string): number => {
    terminal.writeError(`error: ${problem}\n`);
    return 2;
  };
  const service = join(root, 'serverless.yml');
  const text = readFileSync(service, 'utf8');
  const defaults = /\n {2}default:\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? '';
  const parsed = parseWords(
    words,
    [...defaults.matchAll(/^ {4}(\w+):/gm)].map(([, name = '']) => name),
  );
  if (typeof parsed === 'string') return fail(parsed);
  const { stage, given } = parsed;
  const path = join('stages', `${stage}.yml`);
  const loaded = withStage(text, stage);
  if (loaded === undefined) return fail(`serverless.yml has a section ${stage}: edit that`);
  if (existsSync(join(root, path))) return fail(`${path} exists: edit it, or delete it first`);
  const answers = await askQuestions(terminal, given);
  if (answers === undefined) return 130;
  mkdirSync(join(root, 'stages'), { recursive: true });
  writeFileSync(join(root, path), stageFile(stage, answers), { flag: 'wx' });
  writeFileSync(service, loaded);
  terminal.write(`${path} is written, and serverless.yml loads it. Commit both.\n${nextSteps(stage)}`);
  return 0;
}

const nextSteps = (stage: string): string => `next:
  npm run package -- --stage ${stage}
  npx serverless deploy --stage ${stage} --region "$AWS_REGION"
`;

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..');
  process.exitCode = await initStage(process.argv.slice(2), root, systemTerminal(process.env));
}
