/** docs/notices.md matches the code: its examples are generated here, its patterns and paths match them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { principalName } from '../../events/ids.ts';
import type { AuditEntry } from '../../lib/audit/entry.ts';
import { readAuditLine } from '../../lib/audit/read-line.ts';
import { auditRecord } from '../../lib/audit/record.ts';
import { BUS_SOURCE } from '../../lib/io/aws/eventbridge.ts';
import { asciiJson } from '../../lib/model/json.ts';
import { principalTarget } from '../../lib/model/plan.ts';
import { FAILURE_REASONS, HOLD_REASONS } from '../../lib/model/reasons.ts';
import { CANARY_SOURCE } from '../../lib/model/sender.ts';
import { COMPLETED, type Notice, noticeOf } from '../../lib/notify/notice.ts';
import { eventOf, factsOf, KEY_TARGET } from '../support/audit-facts.ts';
import { EVENT_MS, keyLeak, offboarded, SAML_PRINCIPAL } from '../support/event-factory.ts';
import { brokenLinks, quotedIn, rowsOf, sectionOf } from './markdown.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const TEXT = read('docs/notices.md');
const blocksOf = (language: string, text: string): readonly string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block);

const PLACE = {
  stack: { name: 'coreweave-revocation-prod', region: 'eu-central-1' },
  runbook: 'https://wiki.example/runbook',
};

interface Told {
  readonly n: number;
  readonly entry: AuditEntry;
  readonly event: Record<string, unknown>;
  readonly lane: 'urgent' | 'bulk';
  readonly senderId: string;
}

function toldOf({ n, entry, event, lane, senderId }: Told): Notice | undefined {
  const facts = factsOf(entry, eventOf(event));
  const id = facts.id.replace(/1$/, String(n));
  const delivery = { ...facts.delivery, lane, senderId, sender: senderId.replace(/^.*:/, '') };
  const line = readAuditLine(asciiJson(auditRecord({ ...facts, id, now: EVENT_MS + 4_000, delivery })));
  return line.kind === 'record' ? noticeOf(line.line, PLACE) : undefined;
}

const HELD = toldOf({
  n: 1,
  entry: {
    phase: 'hold',
    reason: 'held-limit',
    detail: 'rule: sourcePer10Minutes',
    target: principalTarget(principalName.parse(SAML_PRINCIPAL)),
  },
  event: offboarded({ id: 'offboarding-7', source: '//hr.example/acme' }),
  lane: 'bulk',
  senderId: 'AROAEXAMPLE:hr',
});

const GONE = toldOf({
  n: 2,
  entry: { phase: 'outcome', target: KEY_TARGET, outcome: 'confirmed', verifiedBy: 'read-back' },
  event: keyLeak({ id: 'alert-42' }),
  lane: 'urgent',
  senderId: 'AROAEXAMPLE:scanner',
});

describe('the events of docs/notices.md', () => {
  const section = sectionOf(TEXT, '## The events');

  it('are what noticeOf returns', () => {
    expect(blocksOf('json', section).map((block) => JSON.parse(block))).toEqual([HELD, GONE]);
  });

  it('list types, source and codes', () => {
    const [completed, held, failed] = rowsOf(section);
    expect([completed, held, failed].map((row) => quotedIn(row?.[0] ?? '')[0])).toEqual([
      'revocation.completed.v1',
      'revocation.held.v1',
      'revocation.failed.v1',
    ]);
    expect(quotedIn(completed?.[2] ?? '')).toEqual(Object.keys(COMPLETED));
    expect(quotedIn(section)).toEqual(expect.arrayContaining([BUS_SOURCE, 'keys', 'late', 'parent', 'timeToRevokeMs']));
  });
});

describe('the rule', () => {
  interface Pattern {
    readonly source: readonly string[];
    readonly 'detail-type': readonly string[];
    readonly detail: { readonly data: { readonly event: { readonly source: unknown } } };
  }
  const pattern: Pattern = JSON.parse(blocksOf('json', sectionOf(TEXT, '## Subscribe'))[0] ?? '');

  it('matches every type with the source of the bus, except for the canary', () => {
    const failed = { phase: 'dead-letter', reason: 'unconfirmed', detail: 'x' } as const;
    const types = [GONE, HELD, toldOf({ n: 3, entry: failed, event: keyLeak(), lane: 'urgent', senderId: 'a' })];
    expect(pattern.source).toEqual([BUS_SOURCE]);
    expect(pattern['detail-type']).toEqual(types.map((notice) => notice?.type));
    expect(pattern.detail.data.event.source).toEqual([{ 'anything-but': CANARY_SOURCE }]);
  });
});

describe('the recipes', () => {
  const recipes = blocksOf('yaml', sectionOf(TEXT, '## Subscribe')).map((block) => ({
    paths: Object.fromEntries(
      [...block.matchAll(/(\w+): (\$\.[\w.]+)/g)].map(([, name = '', path = '']) => [name, path] as const),
    ),
    template: /InputTemplate: '(.*)'/.exec(block)?.[1] ?? '',
  }));
  const valueAt = (path: string, notice: Notice | undefined): unknown =>
    path
      .split('.')
      .slice(2)
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], notice);

  it('are two', () => expect(recipes).toHaveLength(2));

  it.each(recipes)('use texts that every notice has: $template', ({ paths, template }) => {
    const used = [...template.matchAll(/<(\w+)>/g)].map(([, name = '']) => name);
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(paths).toSorted());
    for (const path of Object.values(paths)) {
      for (const notice of [HELD, GONE]) expect([path, typeof valueAt(path ?? '', notice)]).toEqual([path, 'string']);
    }
  });

  it.each(recipes)('quote only texts that cannot end the quotes: $template', ({ paths, template }) => {
    const harmless = ['$.detail.type', '$.detail.data.summary', '$.detail.data.runbook'];
    const quoted = placesIn(template).filter(({ within }) => within);
    expect(quoted.map(({ name }) => paths[name]).filter((path) => !harmless.includes(path ?? ''))).toEqual([]);
  });

  it.each(recipes)('give valid JSON when EventBridge fills them in: $template', ({ paths, template }) => {
    const filled = placesIn(template).reduce((text, { name, within }) => {
      const value = String(valueAt(paths[name] ?? '', HELD));
      return text.replace(`<${name}>`, () => (within ? value : JSON.stringify(value)));
    }, template);
    expect(JSON.stringify(JSON.parse(filled))).toContain('Held, needs action, held-limit: saml/user@example.com');
  });
});

/** The places to fill, and whether each stands within quotes. */
const placesIn = (template: string) =>
  template
    .split('"')
    .flatMap((part, n) => [...part.matchAll(/<(\w+)>/g)].map(([, name = '']) => ({ name, within: n % 2 === 1 })));

it('RUNBOOK.md has the section that a notice names for every reason code', () => {
  const named = [...FAILURE_REASONS, ...HOLD_REASONS].map((reason) => `RUNBOOK.md#${reason}`);
  const runbook = new Map([
    ['x.md', named.map((link) => `[x](${link})`).join('\n')],
    ['RUNBOOK.md', read('RUNBOOK.md')],
  ]);
  expect(brokenLinks(runbook, () => true).filter((link) => link.startsWith('x.md'))).toEqual([]);
  expect(HELD?.data.runbook).toBe('https://wiki.example/runbook#held-limit');
});
