import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { settingProblems } from '../../scripts/setting-problems.ts';
import { packageOnce } from '../template/packaged.ts';

const root = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(root, { recursive: true }));

/** The packaged template of a stage with these parameters. */
const packagedWith = async (values: Readonly<Record<string, string>>): Promise<unknown> => {
  const { template } = await packageOnce();
  const given = Object.entries(values).map(([name, Default]) => [name, { ...template.Parameters[name], Default }]);
  return { ...template, Parameters: { ...template.Parameters, ...Object.fromEntries(given) } };
};

const MISSPELLED = JSON.stringify([
  { name: 'hr', senderId: 'AROAX', sources: [''], types: ['user.ofboarded.v1'], authority: 'operator' },
]);

describe('settingProblems', () => {
  it('finds nothing in the defaults of the template', async () => {
    expect(settingProblems(await packagedWith({}), root)).toEqual([]);
  }, 120_000);

  it.each<[parameter: string, value: string, problem: string]>([
    ['Limits', 'nope', 'limits: LIMITS: expected sourcePer10Minutes'],
    ['Protected', '[{"principalName":"saml/a@example.com"}]', 'protected: PROTECTED: expected a list of'],
    ['Protected', '@missing.json', 'protected: PROTECTED: expected a readable file after @'],
    ['Senders', '[]', 'senders: SENDERS: expected at least one sender with'],
    ['Senders', MISSPELLED, 'user.reinstated.v1; look at 0.types.0'],
    ['TwoPersonApproval', '["held-x"]', 'twoPersonApproval: TWO_PERSON_APPROVAL: expected a list of reasons'],
    ['RetryHorizon', '6h', 'retryHorizon: RETRY_HORIZON: expected an ISO 8601 duration'],
    ['ApiTimeoutMs', 'ten', 'apiTimeoutMs: API_TIMEOUT_MS: expected an integer from 100 to 60000'],
    ['PrincipalTemplates', '["role/{email}"]', 'principalTemplates: PRINCIPAL_TEMPLATES: expected a list of'],
    ['SelfPrincipal', 'ann', 'selfPrincipal: SELF_PRINCIPAL: expected a full principal name'],
    ['MetricSources', 'x', 'metricSources: METRIC_SOURCES: expected a list of at most 20 sources'],
    ['QuietSource', '//hr.example', 'quietSource: expected one of metricSources'],
  ])('names the parameter %s with the value %s', async (parameter, value, problem) => {
    expect(settingProblems(await packagedWith({ [parameter]: value }), root)).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  it.each<[values: Readonly<Record<string, string>>, problem: string]>([
    [{ QuietIssuer: 'idp' }, 'quietIssuer: expected the name of one of ssfIssuers'],
    [{ CanaryKeyId: 'CWCANARY00000001', Verify: 'false' }, "canaryKeyId: expected verify 'true'"],
    [
      { AlarmEmail: 'oncall@example.com', AlarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:pages' },
      'alarmEmail: is subscribed only to the topic of the stack',
    ],
  ])('names what makes an alarm useless: %o', async (values, problem) => {
    expect(settingProblems(await packagedWith(values), root)).toEqual([expect.stringContaining(problem)]);
  });

  it('takes a quiet issuer of a file, and leaves wrong issuers to their own check', async () => {
    const issuer = { issuer: 'https://idp.example', audience: 'a' };
    writeFileSync(join(root, 'ssf-issuers.json'), JSON.stringify({ idp: issuer }));
    for (const SsfIssuers of ['@ssf-issuers.json', '{'])
      expect(settingProblems(await packagedWith({ QuietIssuer: 'idp', SsfIssuers }), root)).toEqual([]);
    const other = settingProblems(await packagedWith({ QuietIssuer: 'hr', SsfIssuers: '@ssf-issuers.json' }), root);
    expect(other).toEqual(['quietIssuer: expected the name of one of ssfIssuers']);
  });

  it('reads the file of a list, and takes a quiet source that is measured', async () => {
    writeFileSync(join(root, 'protected.json'), '[{"principalName":"saml/a@example.com","owner":"o","reason":"r"}]');
    const values = { Protected: '@protected.json', MetricSources: '["//hr.example"]', QuietSource: '//hr.example' };
    expect(settingProblems(await packagedWith(values), root)).toEqual([]);
  });
});
