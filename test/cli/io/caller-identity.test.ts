import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkCaller } from '../../../cli/doctor/doctor.ts';
import { getCaller } from '../../../cli/io/caller-identity.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** An STS that says who the caller is. (STS API reference, GetCallerIdentity) */
async function stsThatSays(arn: string, userId: string) {
  const result = `<Arn>${arn}</Arn><UserId>${userId}</UserId><Account>123456789012</Account>`;
  const inner = `<GetCallerIdentityResult>${result}</GetCallerIdentityResult>`;
  const namespace = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';
  const xml = `<GetCallerIdentityResponse ${namespace}>${inner}</GetCallerIdentityResponse>`;
  server = createServer((_request, response) => response.setHeader('content-type', 'text/xml').end(xml));
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials };
}

const ROLE = 'arn:aws:sts::123456789012:assumed-role/ops/ann';

describe('getCaller', () => {
  it.each([
    ['the ID of a role, without the session that the caller chose', ROLE, 'AROAEXAMPLE:AROAOTHER', 'AROAEXAMPLE'],
    ['the ID of a user', 'arn:aws:iam::123456789012:user/ann', 'AIDAEXAMPLE', 'AIDAEXAMPLE'],
  ])('returns as sender ID %s', async (_name, arn, userId, senderId) => {
    expect(await getCaller(await stsThatSays(arn, userId))).toEqual({ arn, userId, senderId });
  });

  it('returns no IDs that are none, and nothing without an ARN', async () => {
    expect(await getCaller(await stsThatSays(ROLE, 'not one'))).toEqual({ arn: ROLE });
    server?.close();
    expect(await getCaller(await stsThatSays('not one', 'AROAEXAMPLE:s'))).toBeUndefined();
  });

  it('returns nothing if STS does not answer', async () => {
    const overrides = await stsThatSays(ROLE, 'AROAEXAMPLE:s');
    server?.close();
    expect(await getCaller(overrides)).toBeUndefined();
  });
});

it('doctor prints the sender ID of the caller', () => {
  const caller = { arn: 'arn:aws:iam::123456789012:user/ann', userId: 'AIDAEXAMPLE', senderId: 'AIDAEXAMPLE' };
  expect(checkCaller(caller, {}).map(({ name, detail }) => [name, detail])).toEqual([
    ['AWS identity', `${caller.arn}, approves as AIDAEXAMPLE`],
    ['sender ID', 'AIDAEXAMPLE: yours, for SENDERS'],
  ]);
});
