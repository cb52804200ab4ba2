/** Reports of scanners, through the command that sends what they name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { NONE } from '../../events/reports/findings.ts';
import { type FakeOptions, fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const KEY = 'CWSCANREPORT0001';
const OTHER_KEY = 'CWSCANREPORT0002';
/** Put together here, so that no file has it. */
const SECRET = `cwo${'Z9yX8wV7'.repeat(5)}`;

const finding = (Secret: string, File = 'deploy/values.yaml') => ({
  RuleID: 'coreweave',
  Description: 'CoreWeave object storage key',
  StartLine: 3,
  Match: Secret,
  Secret,
  File,
  Commit: 'c0ffee',
  Entropy: 4,
  Fingerprint: `c0ffee:${File}:coreweave:3`,
});

const alert = (fields: object) => ({
  number: 7,
  html_url: 'https://github.com/acme/app/security/secret-scanning/7',
  secret_type: 'coreweave_key',
  secret: `${KEY}:${SECRET}`,
  created_at: '2026-11-20T08:00:00Z',
  ...fields,
});

const report = (...findings: readonly object[]) => JSON.stringify(findings);

describe('scan-report: sending', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand([]);
    enterEnvironment(stand.env);
  });
  afterAll(() => stand.close());

  const command = async (args: readonly string[], options: FakeOptions = {}) => {
    const terminal = fakeTerminal(options);
    const code = await run(['scan-report', '--yes', ...args], { terminal, env: { ...stand.env } });
    return { code, terminal, json: () => JSON.parse(terminal.out) };
  };

  it('sends one event per key, and the secret goes nowhere', async () => {
    const input = report(finding(KEY), finding(SECRET), finding(KEY), finding(OTHER_KEY, 'other.env'));
    const { code, json, terminal } = await command(['-', '--json'], { input });
    expect(code).toBe(3);
    const { sent, ...told } = json();
    expect(sent.map(({ lane, target }: { lane: string; target: string }) => [lane, target]).toSorted()).toEqual([
      ['urgent', `key ${KEY}`],
      ['urgent', `key ${OTHER_KEY}`],
    ]);
    expect(told).toEqual({
      summary: { ...NONE, found: 4, usable: 3, duplicates: 1 },
      counts: { sure: 1, held: 1, withoutId: 0, others: 0 },
      faults: [],
      refused: [],
      failed: [],
    });
    expect(terminal.out + terminal.err).not.toContain(SECRET);
  });

  it('shows no table where there is nothing to send', async () => {
    const { code, terminal } = await command(['-'], { input: report() });
    expect({ code, out: terminal.out }).toEqual({ code: 0, out: '0 events sent\n0 findings in the reports\n' });
  });

  it('exits 0 where all keys leaked with their secret', async () => {
    const { code, terminal } = await command(['-'], { input: report(finding(KEY), finding(SECRET)) });
    expect(code).toBe(0);
    expect(terminal.out).toContain('1 leaked with the secret: revoked without approval');
  });

  it('exits 3 where a secret has no key id', async () => {
    const { code, terminal } = await command(['-'], { input: report(finding(SECRET)) });
    expect(code).toBe(3);
    expect(terminal.out).toContain('1 secret or API token without a key id: an operator has to find the key');
    expect(terminal.out + terminal.err).not.toContain(SECRET);
  });

  it('exits 1 where an event cannot be sent, whatever else there is', async () => {
    const terminal = fakeTerminal({ input: report(finding(KEY)) });
    const env = { ...stand.env, URGENT_QUEUE_URL: stand.env.URGENT_QUEUE_URL?.replace(/[^/]*$/, 'no-such-queue') };
    expect(await run(['scan-report', '-', '--yes'], { terminal, env })).toBe(1);
    expect(terminal.out).toContain('0 events sent, 1 not');
  });
});

describe('scan-report: reading', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scan-report-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const fileOf = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  /** Needs no queues. */
  const dryRun = async (args: readonly string[], options: FakeOptions = {}) => {
    const terminal = fakeTerminal(options);
    const code = await run(['scan-report', '--dry-run', ...args], { terminal, env: {} });
    return { code, out: terminal.out, err: terminal.err };
  };

  it('is only shown by --dry-run, which needs no queues', async () => {
    const { code, out } = await dryRun(['-', '--json'], { input: report(finding(KEY), finding(SECRET)) });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ events: [{ data: { accessKeyId: KEY, confidence: 'pair' } }] });
  });

  it.each<[string, string, number, string]>([
    ['a scan that found nothing', '[]', 0, '0 findings in the reports'],
    ['a scan that found nothing, as null', 'null', 0, '0 findings in the reports'],
    [
      'findings of other providers',
      report(finding('xoxb-1')),
      0,
      '1 of another provider, closed as revoked, or the name of a variable: left alone',
    ],
    ['a key without its secret', report(finding(KEY)), 3, '1 without the secret beside the key id: held for approval'],
    [
      'a finding that is redacted, beside one that is not',
      report(finding('REDACTED'), finding(KEY), finding(SECRET)),
      3,
      '1 redacted: run the scanner again',
    ],
    [
      'an alert that was dismissed at GitHub',
      report(alert({ state: 'resolved', resolution: 'wont_fix' })),
      3,
      '1 dismissed at GitHub: looked up there, and held for approval',
    ],
    [
      'an alert that was closed as revoked',
      report(alert({ state: 'resolved', resolution: 'revoked' })),
      0,
      '1 of another provider, closed as revoked, or',
    ],
    [
      'a finding without what was found',
      report({ ...finding(KEY), Secret: null }),
      3,
      '1 without what was found: skipped',
    ],
    [
      'a report that is cut off',
      `${report(finding(KEY), finding(SECRET))}\n[{"RuleID":`,
      3,
      'unreadable: is the report whole?',
    ],
    ['a scan with an error in its log', `{"level":"error","msg":"x"}\n[]`, 3, 'the scanner logged an error'],
  ])('%s', async (_name, input, exitCode, line) => {
    const { code, out } = await dryRun(['-'], { input });
    expect([code, out]).toEqual([exitCode, expect.stringContaining(line)]);
  });

  it.each<[string, string, string]>([
    ['redacted', report(finding('REDACTED')), 'without --redact'],
    ['empty', '', 'the report is empty'],
    ['a page', '<html></html>', 'this is HTML'],
    ['of another tool', '{"plugins_used":[],"results":{"a":[{}]}}', 'detect-secrets keeps only hashes'],
  ])('refuses a report that is %s', async (_name, input, why) => {
    const { code, err } = await dryRun(['-'], { input });
    expect([code, err]).toEqual([1, expect.stringMatching(/^error \[report-refused\] /)]);
    expect(err).toContain(why);
  });

  it('takes several files, of which it pairs nothing across', async () => {
    const files = [fileOf('a.json', report(finding(KEY))), fileOf('b.json', report(finding(SECRET)))];
    const { code, out } = await dryRun([...files, '--json']);
    expect([code, JSON.parse(out).counts]).toEqual([3, { sure: 0, held: 1, withoutId: 1, others: 0 }]);
  });

  it('uses the files that can be used, names the others, and exits 1', async () => {
    const good = fileOf('good.json', report(finding(KEY), finding(SECRET)));
    const empty = fileOf('empty.json', '');
    const { code, out } = await dryRun([empty, good]);
    expect([code, out]).toEqual([1, expect.stringContaining(`${empty} was not used: the report is empty`)]);
    expect(out).toContain('1 leaked with the secret');
    const json = JSON.parse((await dryRun([good, empty, '--json'])).out);
    expect(json).toMatchObject({
      counts: { sure: 1 },
      refused: [{ file: empty, why: expect.stringContaining('empty') }],
    });
    const both = await dryRun([empty, empty]);
    expect([both.code, both.err.match(/is empty/g)?.length]).toEqual([1, 2]);
  });

  it('reads files of PowerShell', async () => {
    const path = fileOf('utf16.json', Buffer.from(`\uFEFF${report(finding(KEY), finding(SECRET))}\r\n`, 'utf16le'));
    expect(await dryRun([path])).toMatchObject({ code: 0, out: expect.stringContaining('1 leaked with the secret') });
  });

  it('says which format a report has where another was given', async () => {
    const { code, err } = await dryRun(['--format', 'trufflehog', '-'], { input: report(finding(KEY)) });
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('this is a report of gitleaks or Betterleaks: use --format gitleaks'),
    ]);
  });

  it.each([
    [[], 'without a file'],
    [['--format', 'grep', '-'], 'of an unknown scanner'],
    [[join(folder, 'none.json')], 'of a file that is not there'],
  ])('%j, %s, is wrong use', async (args) => {
    expect(await dryRun(args)).toMatchObject({ code: 2, out: '' });
  });

  it('explains the pipes: a scanner that fails must not read as a clean scan', async () => {
    const { out } = await dryRun(['--help']);
    expect(out).toContain('set -o pipefail\n');
    expect(out).toContain('--exit-code 0 --report-format json \\\n    --report-path - . | revoker');
    expect(out).toContain('--no-verification --json file://. 2>&1');
    expect(out).toContain('Exit code 3');
  });
});
