/** docs/webhooks.md says what the code does: its examples are read here, and its tables name what there is. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../events/canonical.ts';
import { parseWebhooks } from '../../events/webhooks/parse.ts';
import { READY, readyText } from '../events/webhooks/vendors.ts';
import { EVENT_MS, EVENT_TIME } from '../support/event-factory.ts';
import { quotedIn, rowsOf, sectionOf } from './markdown.ts';

const TEXT = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/webhooks.md'), 'utf8');
const blocks = (section: string): readonly string[] =>
  [...section.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => json);

describe('docs/webhooks.md', () => {
  it('has a row and a section for each ready configuration', () => {
    const rows = rowsOf(sectionOf(TEXT, '## Vendors')).flatMap(([name = '']) => quotedIn(name));
    expect(rows.toSorted()).toEqual(READY.toSorted());
    const headings = [...TEXT.matchAll(/^### (.+)$/gm)].map(([, name = '']) => name.toLowerCase().replace(/\W/g, ''));
    expect(headings.toSorted()).toEqual(READY.toSorted());
  });

  it('has an example that is a valid configuration', () => {
    const [example = ''] = blocks(sectionOf(TEXT, '## Fields of a webhook'));
    expect(parseWebhooks(example)).toMatchObject({ kind: 'webhooks' });
  });

  it('describes each field of a webhook', () => {
    const described = quotedIn(sectionOf(TEXT, '## Fields of a webhook'));
    const used = READY.flatMap((name) =>
      Object.values(JSON.parse(readyText(name))).flatMap((each) => Object.keys(Object(each))),
    );
    expect(described).toEqual(expect.arrayContaining([...new Set(used), 'accessKeyId']));
  });

  it('has an input template that becomes an event', () => {
    const [, paths = '', template = ''] = blocks(sectionOf(TEXT, '## From EventBridge'));
    // CloudTrail's record of a call of Identity Center's, as EventBridge delivers it.
    const delivered = {
      version: '0',
      source: 'aws.sso-directory',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: {
        eventVersion: '1.08',
        eventID: 'e-1',
        eventTime: EVENT_TIME,
        eventName: 'DeleteUser',
        requestParameters: { identityStoreId: 'd-1234567890', userId: 'user-1' },
      },
    };
    const at = (path: string): unknown =>
      path
        .replace('$.', '')
        .split('.')
        .reduce<unknown>((value, key) => Reflect.get(Object(value), key), delivered);
    const values = new Map(Object.entries<string>(JSON.parse(paths)).map(([name, path]) => [name, String(at(path))]));
    expect([...values.keys()].toSorted()).toEqual(['id', 'time', 'user']);
    const text = template.replace(/<(\w+)>/g, (_, name: string) => values.get(name) ?? '');
    expect(parseEvent(JSON.parse(text), EVENT_MS)).toMatchObject({
      kind: 'event',
      event: { type: 'user.offboarded.v1', id: 'e-1', data: { identity: { externalId: 'user-1' } } },
    });
  });
});
