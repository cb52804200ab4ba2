/** What a deployment stores for `revoker --stack`: the environment of the functions, without secrets. */
import { beforeAll, describe, expect, it } from 'vitest';
import { parseStoredSettings } from '../../cli/stack/stored-settings.ts';
import { V } from '../../lib/io/config/variables.ts';
import { type PackagedService, packageHere, packageOnce } from './packaged.ts';
import { resolveTemplate, type Tree } from './resolve.ts';

const PATH = '/coreweave-revocation-dev/settings';
/** Of a standard parameter. (Systems Manager quotas) */
const STANDARD_BYTES = 4_096;

const storedIn = ({ template }: PackagedService, parameters: Readonly<Record<string, string>> = {}) =>
  Object.values(resolveTemplate(template, parameters).resources)
    .filter(({ Type }) => Type === 'AWS::SSM::Parameter')
    .map(({ Properties: { Name, Value } }) => ({ name: String(Name), value: String(Value), changedAt: 1 }));

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

describe('the stored settings', () => {
  it('are the environment of the functions, and where their logs are', () => {
    const { Environment } = resolveTemplate(service.template).resources.RevokeUrgentLambdaFunction?.Properties ?? {};
    const { Variables } = Environment as { Variables: Tree };
    const name = '/aws/lambda/coreweave-revocation-dev';
    expect(parseStoredSettings(PATH, storedIn(service))?.variables).toEqual({
      ...Variables,
      REVOKER_LOG_GROUPS: ['revokeUrgent', 'revokeBulk', 'ingest', 'replay', 'reconcile']
        .map((each) => `${name}-${each}`)
        .join(),
    });
  });

  it('follow the parameters of the deployment', () => {
    const list = '[{"principalName":"coreweave/prod","owner":"SRE",\n "reason":"= production"}]';
    const variables = parseStoredSettings(PATH, storedIn(service, { Mode: 'enforce', Protected: list }))?.variables;
    expect([variables?.MODE, variables?.PROTECTED]).toEqual(['enforce', list]);
  });

  it('have the texts of packaged files', async () => {
    const file = '@dist/handlers/chunks/sdk.mjs';
    const packaged = await packageHere([`--param=protected=${file}`]);
    expect(parseStoredSettings(PATH, storedIn(packaged))?.variables.PROTECTED).toBe('{}');
  }, 120_000);

  it('are not packaged if a list was changed after the build', async () => {
    const files = { 'protected.json': '[]', 'dist/handlers/protected.json': '[]' };
    const args = ['--param=protected=@dist/handlers/protected.json'];
    const { template } = await packageHere(args, files);
    expect(template.Parameters.Protected?.Default).toBe('@dist/handlers/protected.json');
    const changed = packageHere(args, { ...files, 'protected.json': '[{}]' });
    await expect(changed).rejects.toThrow('protected.json was changed after the build: run npm run package');
  }, 120_000);

  it('are not packaged if a list is not in the package, which one line says', async () => {
    const packaged = packageHere(['--param=senders=@dist/handlers/senders.json']);
    const message = await packaged.then(String, (error: Error) => error.message);
    expect(message).toContain('senders.json is not in the package: write senders.json, then run npm run package');
    expect(message).not.toMatch(/^ +at /m);
  }, 120_000);

  it('have no secret, and fit into a standard parameter', () => {
    const [{ value } = { value: '' }, ...files] = storedIn(service);
    expect(files).toEqual([]);
    expect(value).not.toMatch(new RegExp(`^${V.token.name}=`, 'm'));
    expect(Buffer.byteLength(value)).toBeLessThan(STANDARD_BYTES);
  });

  it('are found by the output that the operators may read', () => {
    expect(resolveTemplate(service.template).outputs.SettingsPath).toBe(PATH);
  });
});
