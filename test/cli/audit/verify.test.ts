/** What the check of a log finds, and where; and what it lets pass. */
import { describe, expect, it } from 'vitest';
import { type AuditFinding, relevantFindings, toVerdict } from '../../../cli/audit/findings.ts';
import { openIntentFindings } from '../../../cli/audit/open-intents.ts';
import { startCheck, type VerifyOptions } from '../../../cli/audit/verify.ts';
import { sha256, startEnvironment, tickingClock } from '../../support/audit-chains.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { seededChance } from '../../support/seeded-chance.ts';

const environment = startEnvironment(seededChance(1));
for (const event of ['a', 'b', 'c']) {
  environment.revoke(event);
  environment.checkpoint();
}

/** Intent, outcome, checkpoint, three times. */
const { lines: LINES } = environment;
const at = (index: number): string => LINES[index] ?? '';

function found(lines: readonly string[], options: Omit<VerifyOptions, 'sha256'> & { readonly window?: boolean } = {}) {
  const check = startCheck({ sha256, ...options });
  for (const [index, line] of lines.entries()) check.take(line, { file: 'log', line: index + 1 });
  const result = check.end();
  const all: readonly AuditFinding[] = [...result.findings, ...openIntentFindings(result.intents)];
  const findings = relevantFindings(all, options.window ?? false);
  return {
    ...result,
    verdict: toVerdict(findings),
    told: findings.map(({ kind, place, sequence }) => [kind, place?.line, sequence].join(' ').trim()),
  };
}

/** The field of the chain in a line. */
const ATTESTATION = /"attestation_list":\[[^\]]*\],/;

describe('the check of a log', () => {
  it('finds nothing in one that is as it was written', () => {
    expect(found(LINES)).toEqual({
      verdict: 'intact',
      told: [],
      records: 9,
      chains: 1,
      closed: 1,
      copies: 0,
      from: EVENT_MS + 1_000,
      to: EVENT_MS + 9_000,
      findings: [],
      totals: {},
      intents: new Map(),
    });
  });

  it('proves records whose fields stand in another order, as those of 0.1.0', () => {
    const reversed = (line: string): string => {
      const record: object = JSON.parse(line);
      return JSON.stringify(Object.fromEntries(Object.entries(record).toReversed()));
    };
    expect(LINES.map(reversed)).not.toEqual(LINES);
    expect(found(LINES.map(reversed)).findings).toEqual([]);
  });

  it('says the first and the last time, whatever the order, and none of a log without a record', () => {
    expect(found(LINES.toReversed())).toMatchObject({ from: EVENT_MS + 1_000, to: EVENT_MS + 9_000 });
    const { from, to, records } = found([]);
    expect({ from, to, records }).toEqual({ records: 0 });
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['a record that was edited', LINES.with(4, at(4).replace('confirmed', 'accepted ')), ['edited 5 5']],
    [
      'a record with a key twice',
      LINES.with(4, at(4).replace('{', '{"time":1,')),
      ['unreadable 5', 'deleted 6 5', 'open-intent 4'],
    ],
    ['a record that is cut', LINES.with(8, at(8).slice(0, -5)), ['unreadable 9', 'open 8 8']],
    ['a record in no chain', LINES.toSpliced(3, 0, at(3).replace(ATTESTATION, '')), ['unchained 4']],
    ['records that are missing', LINES.toSpliced(4, 2), ['deleted 5 5', 'open-intent 4']],
    ['the first that are missing', LINES.slice(3), ['head-cut 1 1']],
    ['the last that are missing', LINES.slice(0, -1), ['open 8 8']],
    ['two that changed places', LINES.with(3, at(4)).with(4, at(3)), ['swapped 5 4', 'open-intent 5']],
    ['a copy', LINES.toSpliced(7, 0, at(1)), ['duplicated 8 2']],
    [
      'a fingerprint with something beside it',
      LINES.with(2, at(2).replace(/("fingerprint":\{[^}]*)\}/, '$1,"x":1}')),
      ['unreadable 3', 'deleted 4 3'],
    ],
    [
      'another algorithm',
      LINES.with(0, at(0).replace(/("fingerprint":\{"algorithm":")SHA-256/, '$1MD5')),
      ['unreadable 1', 'head-cut 2 1'],
    ],
  ])('finds %s, and says where', (_, lines, told) => {
    expect(found(lines).told).toEqual(told);
  });

  it('says of each finding which record of which chain it is about, and how many are missing', () => {
    const [{ chain_uid: chain }] = JSON.parse(at(0)).attestation_list;
    const place = { file: 'log', line: 5 };
    expect(found(LINES.toSpliced(4, 2)).findings).toEqual([
      { kind: 'deleted', chain, place, sequence: 5, detail: '2 missing' },
    ]);
    expect(found(LINES.with(4, at(4).replace('confirmed', 'accepted '))).findings).toEqual([
      { kind: 'edited', chain, place, sequence: 5, uid: JSON.parse(at(4)).metadata.uid },
    ]);
  });

  it('calls a log open when only its end or an outcome is missing, broken for all else', () => {
    expect(found(LINES.slice(0, -1)).verdict).toBe('open');
    expect(found(LINES.slice(0, -2)).verdict).toBe('open');
    expect(found(LINES.slice(1)).verdict).toBe('broken');
  });

  it('lets pass what the transport does, when it is told of it: order and copies, not more', () => {
    const turned = LINES.toReversed();
    expect(found(turned).verdict).toBe('broken');
    expect(found([...turned, at(4)], { unordered: true })).toMatchObject({
      told: ['open-intent 9', 'open-intent 6', 'open-intent 3'],
      copies: 1,
    });
    const shuffled = [2, 0, 1, 5, 3, 4, 8, 6, 7].map(at);
    expect(found(shuffled, { unordered: true }).told).toEqual([]);
    expect(found(shuffled.toSpliced(4, 1), { unordered: true }).told).toEqual(['deleted 4 4']);
    expect(found(shuffled.with(1, at(0).replace('"attempt":1', '"attempt":2')), { unordered: true }).told).toEqual([
      'edited 2 1',
    ]);
  });

  it('lets pass ends that a window of time cuts, when it is told of one', () => {
    expect(found(LINES.slice(3, -1), { window: true })).toMatchObject({ verdict: 'intact', closed: 0 });
    expect(found(LINES.slice(3, -1).toSpliced(2, 1), { window: true }).told).toEqual(['deleted 3 6']);
  });

  it('knows what was kept elsewhere', () => {
    const [{ chain_uid: chain, fingerprint }] = JSON.parse(at(5)).attestation_list;
    const heads = new Map([[chain, { sequence: 6, fingerprint: fingerprint.value }]]);
    expect(found(LINES, { heads }).told).toEqual([]);
    expect(found(LINES.slice(0, 6), { heads }).told).toEqual([]);
    expect(found(LINES.slice(0, 3), { heads }).told).toEqual(['tail-cut 3 4']);
    expect(found([], { heads }).told).toEqual(['chain-missing  1']);
    expect(found(LINES, { heads: new Map([[chain, { sequence: 6, fingerprint: '0'.repeat(64) }]]) }).told).toEqual([
      'rewritten 6 6',
    ]);
  });

  it('verifies the interleaved chains of fifty environments', () => {
    const chance = seededChance(7);
    const [lines, clock] = [[] as string[], tickingClock()];
    const environments = Array.from({ length: 50 }, () =>
      startEnvironment(chance, { clock, onLine: (line) => lines.push(line) }),
    );
    for (let turn = 0; turn < 600; turn += 1) environments[Math.floor(chance.fraction() * 50)]?.revoke(`event-${turn}`);
    for (const each of environments) each.checkpoint();
    expect(found(lines)).toMatchObject({ verdict: 'intact', records: 1_250, chains: 50, closed: 50 });
  });

  it('keeps a thousand findings of a kind, and counts all', () => {
    const loose = at(0).replace(ATTESTATION, '');
    const { findings, totals } = found(new Array<string>(1_500).fill(loose));
    expect([findings.length, totals]).toEqual([1_000, { unchained: 1_500 }]);
  });

  it('takes lines of others for none of its business', () => {
    expect(
      found(['', 'START RequestId: 1', '{"code":"retry"}', '[1,2]', '{"code":"revocation-audit"}', ...LINES]),
    ).toMatchObject({
      verdict: 'intact',
      records: 9,
    });
  });
});
