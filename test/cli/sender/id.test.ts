/** The command with an IAM stub on localhost and no other configuration. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { parseRoleArn } from '../../../cli/sender/id.ts';
import { BARE, enterEnvironment, leaveEnvironment, runHere } from '../stand.ts';

const ARN = 'arn:aws:iam::123456789012:role/people/hr';
const ID = 'AROAEXAMPLE000000001';
const { AWS_REGION: _region, ...ANYWHERE } = BARE;

let server: Server | undefined;
afterEach(() => {
  leaveEnvironment();
  server?.close();
});

const roleOf = (arn: string, id: string): string =>
  `<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role><Path>/people/</Path>` +
  `<Arn>${arn}</Arn><RoleName>hr</RoleName><RoleId>${id}</RoleId></Role></GetRoleResult></GetRoleResponse>`;
const errorOf = (code: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;

/** Runs the command beside an IAM with this answer. (IAM API reference, GetRole) */
async function run(status: number, answer: string, ...flags: readonly string[]) {
  const asked: string[] = [];
  server = createServer(async (request, response) => {
    asked.push(`${await text(request)} ${request.headers.authorization}`);
    response.writeHead(status, { 'content-type': 'text/xml' }).end(answer);
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const env = { ...ANYWHERE, AWS_ENDPOINT_URL_IAM: `http://127.0.0.1:${(listening.address() as AddressInfo).port}` };
  enterEnvironment(env);
  return { asked, ended: await runHere(['sender', 'id', ARN, ...flags], { env }) };
}

const failed = (code: string, message: string, next: string) => ({
  code: 1,
  stdout: '',
  stderr: `error [${code}] ${message}\n  next: ${next}\n`,
});
const NOT_FOUND = failed(
  'role-not-found',
  'IAM finds no such role in the account of your AWS credentials',
  'check the ARN, or use credentials of its account',
);
const PERMISSION = 'check your right to iam:GetRole on this role';

describe('revoker sender id', () => {
  it('prints the ID of the role, without a region or any variable of the functions', async () => {
    const { asked, ended } = await run(200, roleOf(ARN, ID));
    expect(ended).toEqual({ code: 0, stdout: `${ID}\n`, stderr: '' });
    expect(asked).toEqual([expect.stringMatching(/Action=GetRole&.*RoleName=hr.*\/us-east-1\/iam\/aws4_request/)]);
  });

  it('prints it as JSON with the ARN', async () => {
    const { ended } = await run(200, roleOf(ARN, ID), '--json');
    expect({ ...ended, stdout: JSON.parse(ended.stdout) }).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: { arn: ARN, senderId: ID },
    });
  });

  it.each([
    ['the caller’s account has another role of that name', 200, roleOf(ARN.replace('1', '9'), ID), NOT_FOUND],
    ['there is none', 404, errorOf('NoSuchEntity'), NOT_FOUND],
    ['the ID is none', 200, roleOf(ARN, 'no id'), NOT_FOUND],
    [
      'the caller may not',
      403,
      errorOf('AccessDenied'),
      failed('role-unavailable', 'your AWS credentials lack a permission for IAM (AccessDenied)', PERMISSION),
    ],
  ])('fails where %s', async (_name, status, answer, expected) => {
    expect((await run(status, answer)).ended).toEqual(expected);
  });

  it('fails where IAM does not answer', async () => {
    const env = { ...ANYWHERE, AWS_ENDPOINT_URL_IAM: 'http://127.0.0.1:9' };
    enterEnvironment(env);
    const { code, stderr } = await runHere(['sender', 'id', ARN], { env });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('[role-unavailable] cannot connect to 127.0.0.1:9 (ECONNREFUSED)'),
    });
  });

  it('refuses what is not the ARN of a role', async () => {
    const { code, stdout, stderr } = await runHere(['sender', 'id', 'hr']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('expected arn:aws:iam::<account>:role/<name>');
  });
});

describe('parseRoleArn', () => {
  it.each([
    ['arn:aws:iam::123456789012:role/hr', 'hr', 'us-east-1'],
    ['arn:aws-us-gov:iam::123456789012:role/a/b/hr', 'hr', 'us-gov-west-1'],
    ['arn:aws-cn:iam::123456789012:role/hr', 'hr', 'cn-north-1'],
  ])('reads %s', (arn, name, region) => {
    expect(parseRoleArn(arn)).toEqual({ arn, name, region });
  });

  it.each([
    'arn:aws:iam::123456789012:user/hr',
    'arn:aws:sts::123456789012:assumed-role/hr/session',
    'arn:other:iam::123456789012:role/hr',
    `arn:aws:iam::123456789012:role/${'x'.repeat(65)}`,
  ])('refuses %s', (arn) => {
    expect(() => parseRoleArn(arn)).toThrow('expected arn:aws:iam');
  });
});
