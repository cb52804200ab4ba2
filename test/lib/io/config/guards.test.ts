import { expect, test } from 'vitest';
import type { Environment } from '../../../../lib/io/config/environment.ts';
import { VARIABLES } from '../../../../lib/io/config/variables.ts';
import { read } from './environment.ts';

const PROTECTION = '[{"principalName":"saml/a","owner":"o","reason":"r"}]';

test('the hash changes with each setting that a guard depends on', () => {
  const changes: readonly Environment[] = [
    {},
    { MODE: 'dry-run' },
    { PROTECTED: PROTECTION },
    { PROTECTED: PROTECTION.replace('"o"', '"p"') },
    { PROTECTED: PROTECTION.replace('"r"', '"r","until":"2027-01-01T00:00:00Z"') },
    { SELF_PRINCIPAL: 'coreweave/me' },
    { PRINCIPAL_TEMPLATES: '["saml/{email}"]' },
    { LIMITS: '{"sourcePer10Minutes":26,"sourcePerDay":100,"totalPer10Minutes":100,"totalPerDay":400}' },
    {
      LIMITS:
        '{"sourcePer10Minutes":25,"sourcePerDay":100,"totalPer10Minutes":100,"totalPerDay":400,"senderKeysPerDay":1}',
    },
    { STALE_AFTER: 'P8D' },
    { DRY_RUN_KEEP: 'true' },
    { KEY_ID_ONLY: 'revoke' },
    { OWNER_UNKNOWN: 'revoke' },
    { TWO_PERSON_APPROVAL: '["held-protected"]' },
    { RECONCILE_LIMIT: '26' },
  ];
  expect(new Set(changes.map((more) => read(more).settings.configHash)).size).toBe(changes.length);
});

test('the hash does not change with the way a setting is written, nor with what no guard depends on', () => {
  const hashes = [
    {},
    { STALE_AFTER: 'P1W', PROTECTED: ' [ ] ', API_TIMEOUT_MS: '5000', LEDGER_TABLE: 'other' },
    { LIMITS: '{"totalPerDay":400,"totalPer10Minutes":100,"sourcePerDay":100,"sourcePer10Minutes":25}' },
  ].map((more) => read(more).settings.configHash);
  expect(new Set(hashes).size).toBe(1);
});

test('the list of variables has each name once, with a meaning, and no default for what is required', () => {
  expect(new Set(VARIABLES.map(({ name }) => name)).size).toBe(VARIABLES.length);
  expect(VARIABLES.filter(({ meaning }) => meaning === '')).toEqual([]);
  expect(
    VARIABLES.filter(({ requiredBy }) => requiredBy.includes('revoke')).map(({ name, fallback }) => [name, fallback]),
  ).toEqual(
    ['MODE', 'URGENT_QUEUE_URL', 'BULK_QUEUE_URL', 'DEAD_LETTER_QUEUE_URL', 'LEDGER_TABLE', 'OWN_ROLES'].map((name) => [
      name,
      undefined,
    ]),
  );
});
