/** Every file of events/samples is a message body; this table says what becomes of each. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EVENT_TIME, KEY_ID, PRINCIPAL, SAML_PRINCIPAL } from '../support/event-factory.ts';
import { outcomes } from './outcomes.ts';

const SAMPLES = new URL('../../events/samples/', import.meta.url);
const SCANNER = '//scanner.example/acme/app';
const HR = '//hr.example/acme';
const CHECKS = '//revoker/checks';

const event = (type: string, [source, id]: readonly [string, string], data: object) => ({
  specversion: '1.0',
  type,
  id,
  source,
  time: EVENT_TIME,
  data,
});
const compromised = (id: string, data: object) => event('credential.compromised.v1', [SCANNER, id], data);
const offboarded = (id: string, data: object) => event('user.offboarded.v1', [HR, id], data);
const reinstated = (id: string, data: object) => event('user.reinstated.v1', [HR, id], data);
const check = (id: string, data: object) => event('revocation.check.v1', [CHECKS, id], data);

const leak = compromised('alert-42', { accessKeyId: KEY_ID });
const offboarding = offboarded('offboarding-7', { principalName: SAML_PRINCIPAL });
const back = reinstated('return-1', { principalName: SAML_PRINCIPAL });

const NOT_JSON = 'unreadable: expected JSON';
const TWICE = 'unreadable: expected each key of an object once';
const TYPES =
  'unknown-type: type: expected one of credential.compromised.v1, user.offboarded.v1, user.reinstated.v1, ' +
  'revocation.check.v1';
const NO_CLOUD_EVENT =
  'invalid: specversion: expected "1.0"; type: expected text; id: expected text; source: expected text';
const LABEL = 'expected 1 to 512 printable ASCII characters';
const INSTANT = 'expected a real instant in RFC 3339 with a zone, such as 2026-11-23T09:30:00Z';
const DATE_ONLY =
  'expected an instant with a zone, such as 2026-11-23T09:30:00Z: a date alone begins up to 26 hours apart in ' +
  'different zones, and access must end at one known time';
const AHEAD = 'invalid: time: expected at most 10 minutes ahead of now';
const KEY = 'invalid: data.accessKeyId: expected an access key id: CW and 10 to 30 capital letters or digits';
const COMPROMISED = 'invalid: data: expected accessKeyId, reference, or principalName with scope';
const NAME =
  'invalid: data.principalName: expected coreweave/…, saml/… or role/… in at most 512 printable ASCII ' +
  'characters without spaces and *';
const IDENTITY = 'invalid: data.identity: expected one of email, login, externalId';

/** For each part of the body: the event, or `reason: detail` of its refusal. */
const EXPECTED: Readonly<Record<string, readonly unknown[]>> = {
  'accepted/compromised-key.json': [leak],
  'accepted/compromised-key-with-owner.json': [
    compromised('alert-43', {
      accessKeyId: KEY_ID,
      principalName: PRINCIPAL,
      confidence: 'pair',
      evidence: {
        detector: 'coreweave-key-pair',
        url: 'https://scanner.example/acme/app/alerts/43',
        receivedVia: 'webhook',
        verifiedBy: 'hmac-sha256',
        sourceEventId: '43',
        fingerprint: '9f2c1a7b4d6e8f00',
      },
    }),
  ],
  'accepted/compromised-key-id-only.json': [
    compromised('alert-44', { accessKeyId: 'CWQRSTUVWXYZ23456789', confidence: 'key-id-only' }),
  ],
  'accepted/compromised-principal.json': [compromised('alert-45', { principalName: PRINCIPAL, scope: 'principal' })],
  'accepted/compromised-reference.json': [
    compromised('alert-46', { reference: { provider: 'github', ref: 'acme/app/46' }, confidence: 'pair' }),
  ],
  'accepted/offboarded-principal.json': [offboarding],
  'accepted/offboarded-later.json': [
    offboarded('offboarding-8', { principalName: SAML_PRINCIPAL, effectiveAt: '2026-11-30T17:00:00+01:00' }),
  ],
  'accepted/offboarded-email.json': [
    offboarded('offboarding-9', { identity: { email: 'user@example.com' }, evidence: { receivedVia: 'scim' } }),
  ],
  'accepted/offboarded-login.json': [offboarded('offboarding-10', { identity: { login: 'jürgen.example' } })],
  'accepted/offboarded-external-id.json': [offboarded('offboarding-11', { identity: { externalId: 'E 00123' } })],
  'accepted/offboarded-staged.json': [
    offboarded('offboarding-12', { identity: { login: 'user@example.com' }, staged: true }),
  ],
  'accepted/offboarded-reconciled.json': [
    {
      ...event('user.offboarded.v1', ['//revocation-handler/reconcile', '2026-11-23T03:00:00Z/0a1b'], {
        principals: [{ principalName: PRINCIPAL, version: 3 }],
      }),
      time: '2026-11-23T03:00:00Z',
    },
  ],
  'accepted/reinstated-principal.json': [back],
  'accepted/reinstated-email.json': [reinstated('return-2', { identity: { email: 'user@example.com' } })],
  'accepted/check-principal.json': [
    check('check-1', { parent: { source: HR, id: 'offboarding-7' }, principalName: SAML_PRINCIPAL, generation: 1 }),
  ],
  'accepted/check-key.json': [
    check('check-2', { parent: { source: SCANNER, id: 'alert-42' }, accessKeyId: KEY_ID, generation: 3 }),
  ],
  'accepted/unknown-attributes.json': [compromised('alert-47', { accessKeyId: KEY_ID })],
  'accepted/source-not-ascii.json': [{ ...leak, source: '//sc%C3%A4nner.example/acme' }],
  'accepted/compromised-in-the-future.json': [{ ...leak, time: '2026-11-23T09:40:01Z' }],
  'accepted/sns.json': [leak],
  'accepted/eventbridge.json': [leak],
  'accepted/eventbridge-by-sns.json': [leak],
  'accepted/batch.json': [leak, offboarding],
  'accepted/batch-of-envelopes.json': [leak, offboarding, back],
  'accepted/batch-by-sns.json': [leak, offboarding],
  'accepted/batch-with-a-bad-part.json': [leak, NAME, NOT_JSON, offboarding],

  'ignored/unknown-type.json': [TYPES],
  'ignored/unknown-type-without-time.json': [TYPES],
  'ignored/unknown-version.json': ['unknown-version: type: expected version v1'],
  'ignored/unknown-version-by-eventbridge.json': ['unknown-version: type: expected version v1'],

  'refused/not-json.txt': [NOT_JSON],
  'refused/empty.txt': [NOT_JSON],
  'refused/cut-off.txt': [NOT_JSON],
  'refused/two-documents.txt': [NOT_JSON],
  'refused/python-literal.txt': [NOT_JSON],
  'refused/too-deep.json': ['unreadable: expected at most 32 levels of nesting'],
  'refused/duplicate-key.json': [TWICE],
  'refused/duplicate-key-escaped.json': [TWICE],
  'refused/empty-batch.json': ['unreadable: expected a batch of at least one event'],
  'refused/too-many-envelopes.json': ['unreadable: expected at most 3 envelopes'],
  'refused/sns-without-json.json': [NOT_JSON],
  'refused/no-object.json': ['invalid: event: expected a CloudEvent: a JSON object'],
  'refused/no-cloudevent.json': [NO_CLOUD_EVENT],
  'refused/eventbridge-with-bare-data.json': [NO_CLOUD_EVENT],
  'refused/other-specversion.json': ['invalid: specversion: expected "1.0"'],
  'refused/missing-id.json': [`invalid: id: ${LABEL}`],
  'refused/missing-time.json': [`invalid: time: ${INSTANT}`],
  'refused/missing-data.json': [COMPROMISED],
  'refused/id-is-number.json': [`invalid: id: ${LABEL}`],
  'refused/id-with-line-break.json': [`invalid: id: ${LABEL}`],
  'refused/time-without-zone.json': [`invalid: time: ${INSTANT}`],
  'refused/time-date-only.json': [`invalid: time: ${DATE_ONLY}`],
  'refused/time-not-real.json': [`invalid: time: ${INSTANT}`],
  'refused/reinstated-in-the-future.json': [AHEAD],
  'refused/effective-at-date-only.json': [`invalid: data.effectiveAt: ${DATE_ONLY}`],
  'refused/staged-false.json': ['invalid: data.staged: expected true'],
  'refused/key-id-in-lower-case.json': [KEY],
  'refused/key-id-with-space.json': [KEY],
  'refused/key-id-under-another-name.json': [COMPROMISED],
  'refused/key-ids-in-list.json': [KEY],
  'refused/key-and-scope.json': ['invalid: data: expected no scope here'],
  'refused/key-and-reference.json': ['invalid: data: expected no reference here'],
  'refused/unknown-data-key.json': ['invalid: data: 2 unknown keys'],
  'refused/unknown-confidence.json': ['invalid: data.confidence: expected "pair" or "key-id-only"'],
  'refused/principal-without-scope.json': ['invalid: data.scope: expected "principal", so that all keys are meant'],
  'refused/principal-wildcard.json': [NAME],
  'refused/principal-with-wildcard.json': [NAME],
  'refused/principal-bare-prefix.json': [NAME],
  'refused/principal-without-prefix.json': [NAME],
  'refused/principal-other-prefix.json': [NAME],
  'refused/principal-prefix-in-capitals.json': [NAME],
  'refused/principal-homoglyph.json': [NAME],
  'refused/principal-full-width.json': [NAME],
  'refused/principal-zero-width.json': [NAME],
  'refused/principal-with-space.json': [NAME],
  'refused/principal-with-space-around.json': [NAME],
  'refused/principal-and-identity.json': ['invalid: data: expected no identity here'],
  'refused/identity-two-names.json': ['invalid: data.identity: expected no login here'],
  'refused/identity-empty.json': [IDENTITY],
  'refused/identity-text.json': [IDENTITY],
  'refused/reinstated-effective-at.json': ['invalid: data: expected no effectiveAt here'],
  'refused/check-generation-four.json': ['invalid: data.generation: expected 1, 2 or 3'],
  'refused/check-without-parent.json': ['invalid: data.parent: expected an object'],
  'refused/check-key-and-principal.json': ['invalid: data: expected no accessKeyId here'],
  'refused/evidence-too-long.json': ['invalid: data.evidence.detector: expected at most 512 characters'],
  'refused/prototype-keys.json': ['invalid: data: 2 unknown keys'],
};

describe('samples', () => {
  const files = ['accepted', 'ignored', 'refused'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, SAMPLES)).map((name) => `${folder}/${name}`),
  );

  test('each file has an expectation, and each expectation its file', () => {
    expect(files.toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  });

  test.each(files)('%s becomes what the table says', (file) => {
    const parts = outcomes(readFileSync(new URL(file, SAMPLES), 'utf8'));
    expect(parts.map((part) => ('reason' in part ? `${part.reason}: ${part.detail}` : part))).toStrictEqual(
      EXPECTED[file],
    );
  });
});
