import { expect, it } from 'vitest';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import { parseTokenOwner } from '../../../lib/coreweave/whoami.ts';
import { answer, fault } from '../../support/api-answers.ts';

const principal = { uid: 'ueqXfgRCYGqptEXAMPLE1', orgUid: 'org-1' };

it('parseTokenOwner names the principal as keys do, and the organization', () => {
  expect(parseTokenOwner(answer(200, { principal }))).toEqual({
    principalName: 'coreweave/ueqXfgRCYGqptEXAMPLE1',
    orgUid: 'org-1',
  });
});

it.each<[string, ApiResponse]>([
  ['no response', fault('timeout')],
  ['an error', answer(403, { principal })],
  ['a response without JSON', answer(200, null)],
  ['a response without a principal', answer(200, {})],
  ['no uid', answer(200, { principal: { orgUid: 'org-1' } })],
  ['a uid that is no text', answer(200, { principal: { ...principal, uid: 7 } })],
  ['a uid that no principal has', answer(200, { principal: { ...principal, uid: 'a b' } })],
  ['no organization', answer(200, { principal: { uid: principal.uid } })],
  ['an empty organization', answer(200, { principal: { ...principal, orgUid: '' } })],
  ['an organization that is no text', answer(200, { principal: { ...principal, orgUid: 7 } })],
])('parseTokenOwner is undefined for %s', (_, response) => expect(parseTokenOwner(response)).toBeUndefined());
