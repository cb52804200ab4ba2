import { describe, expect, it } from 'vitest';
import { parseProbe, permissionProbes } from '../../../lib/coreweave/probes.ts';

const CHANCE = { id: () => '0192f0c1-0000-7000-8000-0000000000ab' };
const answer = (status: number, body: unknown = {}) => ({ kind: 'answer', status, body, latencyMs: 1 }) as const;

describe('permissionProbes', () => {
  it('has a call for each permission, about a key and a principal that cannot exist', () => {
    expect(permissionProbes(CHANCE, { dryRun: false })).toEqual([
      { permission: 'list keys', request: { call: 'list-keys', offset: 1_000_000 } },
      { permission: 'read a key', request: { call: 'read-key', accessKeyId: 'CW0192F0C10000700080000000000000' } },
      { permission: 'revoke a key', request: { call: 'revoke-key', accessKeyId: 'CW0192F0C10000700080000000000000' } },
      {
        permission: 'revoke a principal',
        request: {
          call: 'revoke-principal',
          principalName: 'coreweave/permission-check-0192F0C10000700080000000000000AB',
        },
      },
    ]);
  });

  it('names a key of at least ten digits', () => {
    const [, read] = permissionProbes({ id: () => '0192-f' }, { dryRun: true });
    expect(read?.request).toEqual({ call: 'read-key', accessKeyId: 'CW0192F00000' });
  });

  it('revokes nothing in dry run', () => {
    expect(permissionProbes(CHANCE, { dryRun: true }).map(({ request }) => request.call)).toEqual([
      'list-keys',
      'read-key',
    ]);
  });
});

describe('parseProbe', () => {
  it.each([
    [answer(200), 'allowed'],
    [answer(404, { code: 5, message: 'key not found' }), 'allowed'],
    [answer(403), 'denied'],
    [answer(404), undefined],
    [answer(401), undefined],
    [answer(503), undefined],
    [{ kind: 'fault', fault: 'timeout', latencyMs: 1 } as const, undefined],
  ])('%j: %s', (response, expected) => expect(parseProbe(response)).toBe(expected));
});
