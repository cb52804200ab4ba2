import { expect, test } from 'vitest';
import { shortenFollowUpDelays } from '../../../local/demo/follow-up-delays.ts';
import { check, keyLeak } from '../../support/event-factory.ts';

test('cuts the delay of follow-up checks alone, and tells which these are', () => {
  const delayed = JSON.stringify(check({ id: 'check-1' }));
  const data = { parent: { source: '//hr.example/acme', id: 'offboarding-7' }, generation: 2, principalName: 'saml/a' };
  const second = JSON.stringify(check({ id: 'check-9', data }));
  const leak = JSON.stringify(keyLeak());
  const deadLetter = JSON.stringify({ reason: 'invalid', event: check({ id: 'check-2' }) });
  const request = {
    QueueUrl: 'http://127.0.0.1/0/bulk',
    Entries: [
      { Id: '0', MessageBody: delayed, DelaySeconds: 60 },
      { Id: '1', MessageBody: leak, DelaySeconds: 600 },
      { Id: '2', MessageBody: deadLetter },
      { Id: '3', MessageBody: delayed, DelaySeconds: 1 },
      { Id: '4', MessageBody: second, DelaySeconds: 300 },
    ],
  };
  const told = { id: 'check-1', parent: 'offboarding-7', generation: 1 };
  expect(shortenFollowUpDelays(request)).toEqual([told, told, { ...told, id: 'check-9', generation: 2 }]);
  expect(request.Entries).toEqual([
    { Id: '0', MessageBody: delayed, DelaySeconds: 1 },
    { Id: '1', MessageBody: leak, DelaySeconds: 600 },
    { Id: '2', MessageBody: deadLetter },
    { Id: '3', MessageBody: delayed, DelaySeconds: 1 },
    { Id: '4', MessageBody: second, DelaySeconds: 0 },
  ]);
});

test.each([undefined, null, 'text', {}, { Entries: 'none' }, { Entries: [null, 1] }])(
  'finds nothing in %j',
  (request) => expect(shortenFollowUpDelays(request)).toEqual([]),
);
