/** Reports of scanners, through the command that sends what they name. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { type FakeOptions, fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const KEY = 'CWSCANREPORT0001';
const OTHER_KEY = 'CWSCANREPORT0002';
/** Put together here, so that no file has it. */
const SECRET = `cwo${'s'.repeat(40)}`;

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

describe('a scanner’s report', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand([]);
    enterEnvironment(stand.env);
  });
  afterAll(() => stand.close());

  const command = async (args: readonly string[], options: FakeOptions = {}) => {
    const terminal = fakeTerminal(options);
    const code = await run(['scan-report', '--format', 'gitleaks', ...args], { terminal, env: { ...stand.env } });
    return { code, terminal, json: () => JSON.parse(terminal.out) };
  };
  const report = (...findings: readonly object[]) => JSON.stringify(findings);

  it('is sent as one event per key, and its secret goes nowhere', async () => {
    const input = report(finding(KEY), finding(SECRET), finding(KEY), finding(OTHER_KEY, 'other.env'));
    const { code, json, terminal } = await command(['-', '--json'], { input });
    expect(code).toBe(0);
    const { sent, failed, faults, summary } = json();
    expect(sent.map(({ lane, target }: { lane: string; target: string }) => [lane, target]).toSorted()).toEqual([
      ['urgent', `key ${KEY}`],
      ['urgent', `key ${OTHER_KEY}`],
    ]);
    expect({ failed, faults, summary }).toEqual({
      failed: [],
      faults: [],
      summary: { found: 4, usable: 3, duplicates: 1, withoutId: 0, redacted: 0, ignored: 0, unreadable: 0 },
    });
    expect(terminal.out + terminal.err).not.toContain(SECRET);
  });

  it('ends with 1 where a secret has no key id: a person must look', async () => {
    const { code, terminal } = await command(['-'], { input: report(finding(SECRET)) });
    expect(code).toBe(1);
    expect(terminal.out).toContain('1 hold a secret or a token without a key id');
    expect(terminal.out + terminal.err).not.toContain(SECRET);
  });

  it('is only shown by --dry-run, which needs no queues', async () => {
    const terminal = fakeTerminal({ input: report(finding(KEY)) });
    const args = ['scan-report', '--format', 'gitleaks', '-', '--dry-run', '--json'];
    expect(await run(args, { terminal, env: {} })).toBe(0);
    expect(JSON.parse(terminal.out)).toMatchObject({
      events: [{ data: { accessKeyId: KEY } }],
      summary: { usable: 1 },
    });
  });

  it('that is redacted is refused, with what to do', async () => {
    const { code, terminal } = await command(['-'], { input: report(finding('REDACTED')) });
    expect(code).toBe(1);
    expect(terminal.err).toContain('[report-refused]');
    expect(terminal.err).toContain('without --redact');
  });

  it.each([
    [['-'], 'that names no scanner'],
    [['--format', 'grep', '-'], 'of an unknown scanner'],
  ])('%j, %s, is wrong use', async (args) => {
    const terminal = fakeTerminal();
    expect(await run(['scan-report', ...args], { terminal, env: {} })).toBe(2);
  });
});
