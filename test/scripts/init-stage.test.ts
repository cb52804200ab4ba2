/** The stage file: what is asked, what is written, and that a deployment takes its parameters from it. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { initStage, withStage } from '../../scripts/init-stage.ts';
import { type FakeOptions, fakeTerminal } from '../support/fake-terminal.ts';
import { packageHere } from '../template/packaged.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SERVICE = readFileSync(join(ROOT, 'serverless.yml'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'stage-'));
beforeEach(() => {
  rmSync(join(folder, 'stages'), { recursive: true, force: true });
  copyFileSync(join(ROOT, 'serverless.yml'), join(folder, 'serverless.yml'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function init(words: readonly string[], options: FakeOptions = {}) {
  const terminal = fakeTerminal(options);
  const code = await initStage(words, folder, terminal);
  return { code, said: terminal.out + terminal.err, questions: terminal.questions };
}
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

const ROLE = 'arn:aws:iam::111122223333:role/revocation-operator';
const FILE = `# Parameters of the stage prod. Every deployment takes them from here: keep the file in version control.
# All parameters and their defaults: serverless.yml. Meanings: docs/reference.md. No secrets belong here.
mode: "dry-run" # \`enforce\` revokes
selfPrincipal: "coreweave/abc" # principal of the owner of the API token, which is never revoked
alarmEmail: "oncall@example.com" # address that gets the alarms
principalTemplates: "[\\"saml/{email}\\"]" # how a person becomes a principal, as JSON
operatorArns: "${ROLE}" # IAM roles of the on-call engineers, comma-separated
# runbookUrl: "" # URL of your copy of RUNBOOK.md, to which alarms link
`;

describe('init-stage', () => {
  it('asks until an answer is valid, takes suggestions, and leaves the rest for later', async () => {
    const answers = ['coreweave/abc', 'no-address', 'oncall@example.com', '', ROLE, ''];
    const { code, said, questions } = await init(['prod'], { isTTY: true, answers });
    expect({ code, asked: questions.length }).toEqual({ code: 0, asked: 6 });
    expect(said).toContain('  expected an email address\n');
    expect(said).toContain('npx serverless deploy --stage prod');
    expect(read('stages/prod.yml')).toBe(FILE);
    expect(read('serverless.yml')).toBe(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the packager
      SERVICE.replace('\nparams:\n', () => '\nparams:\n  prod: ${file(stages/prod.yml)}\n'),
    );
  });

  it('asks nothing without a terminal, and takes each parameter of the stack', async () => {
    const words = ['acme', '--mode=enforce', '--canaryEvery=1 day', '--alarmEmail=a@example.com'];
    expect((await init(words)).code).toBe(0);
    const file = read('stages/acme.yml');
    for (const line of [
      'mode: "enforce" #',
      'canaryEvery: "1 day"\n',
      'alarmEmail: "a@example.com"',
      '# selfPrincipal: ""',
    ])
      expect(file).toContain(line);
  });

  it('writes nothing after Ctrl-C', async () => {
    expect((await init(['prod'], { isTTY: true, answers: ['coreweave/abc', undefined] })).code).toBe(130);
    expect([existsSync(join(folder, 'stages')), read('serverless.yml')]).toEqual([false, SERVICE]);
  });

  it.each([
    [[], 'expected the name of one stage'],
    [['default'], 'expected the name of one stage'],
    [['../prod'], 'expected the name of one stage'],
    [['one', 'two'], 'expected the name of one stage'],
    [['prod', '--color=red'], 'expected --<parameter>=<value>'],
    [['prod', '--alarmEmail=no-address'], '--alarmEmail: expected an email address'],
    [['prod', '--operatorArns=ann'], '--operatorArns: expected ARNs'],
    [['prod', '--principalTemplates=["role/{email}"]'], '--principalTemplates: expected a JSON list'],
  ])('refuses %j', async (words, problem) => {
    const { code, said } = await init(words);
    expect({ code, said }).toEqual({ code: 2, said: expect.stringContaining(problem) });
    expect([existsSync(join(folder, 'stages')), read('serverless.yml')]).toEqual([false, SERVICE]);
  });

  it('keeps a file and a section that are there', async () => {
    await init(['prod']);
    expect((await init(['prod'])).said).toContain('stages/prod.yml exists: edit it, or delete it first');
    writeFileSync(
      join(folder, 'serverless.yml'),
      SERVICE.replace('\nparams:\n', '\nparams:\n  test:\n    mode: enforce\n'),
    );
    expect((await init(['test'])).said).toContain('serverless.yml has a section test: edit that');
    expect(withStage(withStage(SERVICE, 'prod') ?? '', 'prod')).toBe(withStage(SERVICE, 'prod'));
  });

  it('is what a deployment of that stage takes its parameters from, and no other', { timeout: 120_000 }, async () => {
    await init(['prod', '--mode=enforce', '--alarmEmail=oncall@example.com', `--operatorArns=${ROLE}`]);
    const files = { 'serverless.yml': read('serverless.yml'), 'stages/prod.yml': read('stages/prod.yml') };
    const defaults = async (stage: string) => {
      const { template } = await packageHere(['--stage', stage], files);
      const { Mode, AlarmEmail, OperatorArns } = template.Parameters;
      return [Mode, AlarmEmail, OperatorArns].map((parameter) => parameter?.Default);
    };
    expect(await defaults('prod')).toEqual(['enforce', 'oncall@example.com', ROLE]);
    expect(await defaults('dev')).toEqual(['dry-run', '', '']);
  });
});
