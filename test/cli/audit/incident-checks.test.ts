/** What follow-up checks say of the event that they are about. */
import { describe, expect, it } from 'vitest';
import { createIncidentReader, type EventHistory } from '../../../cli/audit/incidents.ts';
import { countReasons } from '../../../cli/audit/report/figures.ts';
import { reportPage } from '../../../cli/audit/report/page.ts';
import { principalName } from '../../../events/ids.ts';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { readAuditLine } from '../../../lib/audit/read-line.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import { principalTarget } from '../../../lib/model/plan.ts';
import { CONFIRMED, INTENT, tickingClock } from '../../support/audit-chains.ts';
import { eventOf, factsOf, KEY_EVENT, KEY_TARGET, PRINCIPAL_TARGET } from '../../support/audit-facts.ts';
import { check, EVENT_MS, KEY_ID, PRINCIPAL, principalLeak } from '../../support/event-factory.ts';

type Written = readonly [event: typeof KEY_EVENT, entry: AuditEntry];

/** Of records that were written a second apart. */
function historiesOf(written: readonly Written[]): readonly EventHistory[] {
  const [incident, clock] = [createIncidentReader(), tickingClock()];
  for (const [event, entry] of written) {
    const read = readAuditLine(JSON.stringify(auditRecord({ ...factsOf(entry, event), now: clock() })));
    if (read.kind === 'record') incident.take(read.line);
  }
  return incident.end().events;
}

function statusOf(...written: readonly Written[]) {
  const [event] = historiesOf(written);
  return [event?.status, event?.code, event?.confirmed];
}

const parentOf = ({ source, id }: typeof KEY_EVENT) => ({ source, id });
const keyCheck = (n: number) =>
  eventOf(check({ id: `check-${n}`, data: { parent: parentOf(KEY_EVENT), accessKeyId: KEY_ID, generation: n } }));
const OFFBOARDING = eventOf(principalLeak({ id: 'p' }));
const principalCheck = (n: number) =>
  eventOf(
    check({
      id: `${PRINCIPAL}-${n}`,
      data: { parent: parentOf(OFFBOARDING), principalName: PRINCIPAL, generation: n },
    }),
  );
const OTHER = principalTarget(principalName.parse('saml/other@example.com'));
const ACCEPTED = { ...CONFIRMED, outcome: 'accepted' } as const;
const UNCONFIRMED: AuditEntry = { phase: 'dead-letter', reason: 'unconfirmed', detail: 'x', target: KEY_TARGET };
const HOLD: AuditEntry = { phase: 'hold', reason: 'held-protected', detail: 'x', target: PRINCIPAL_TARGET };
const NO_KEYS: AuditEntry = {
  phase: 'note',
  name: 'Follow-up Check',
  detail: 'late-keys: 0',
  target: PRINCIPAL_TARGET,
};
const LEAK: readonly Written[] = [
  [KEY_EVENT, INTENT],
  [KEY_EVENT, ACCEPTED],
];
const ALL: readonly Written[] = [[OFFBOARDING, { ...ACCEPTED, target: PRINCIPAL_TARGET }]];
const UNPROVEN = ['unproven', 'accepted', undefined];

describe('an event whose call was accepted', () => {
  it.each<[string, readonly Written[], readonly unknown[]]>([
    ['revoked when a check proves it', [...LEAK, [keyCheck(1), CONFIRMED]], ['revoked', 'confirmed', EVENT_MS + 3_000]],
    ['unproven while its key is live', [...LEAK, [keyCheck(1), ACCEPTED]], UNPROVEN],
    [
      'waiting when the last check became a dead letter',
      [...LEAK, [keyCheck(3), ACCEPTED], [keyCheck(3), UNCONFIRMED]],
      ['waiting', 'unconfirmed', undefined],
    ],
    [
      'revoked when a check finds no key of the principal',
      [...ALL, [principalCheck(1), NO_KEYS]],
      ['revoked', 'confirmed', EVENT_MS + 2_000],
    ],
    [
      'unproven when a later check finds a live key',
      [...ALL, [principalCheck(1), NO_KEYS], [principalCheck(2), ACCEPTED], [principalCheck(2), NO_KEYS]],
      UNPROVEN,
    ],
    [
      'unproven when another of its principals was not checked',
      [...ALL, [OFFBOARDING, { ...ACCEPTED, target: OTHER }], [principalCheck(1), NO_KEYS]],
      UNPROVEN,
    ],
    ['unproven when its check was ignored', [...ALL, [principalCheck(1), { phase: 'note', name: 'Told' }]], UNPROVEN],
  ])('stands as %s', (_, written, expected) => {
    expect(statusOf(...written)).toEqual(expected);
  });
});

describe('an event that was revoked', () => {
  const proven: Written = [OFFBOARDING, { ...CONFIRMED, target: PRINCIPAL_TARGET }];

  it('waits while a check of it is held, and is revoked again after that', () => {
    const held: readonly Written[] = [proven, [principalCheck(1), HOLD]];
    expect(statusOf(...held)).toEqual(['waiting', 'held-protected', undefined]);
    expect(statusOf(...held, [principalCheck(1), CONFIRMED])).toEqual(['revoked', 'confirmed', EVENT_MS + 1_000]);
  });

  it.each(['held-unknown-sender', 'invalid'] as const)('stays so whatever check a stranger sends: %s', (reason) => {
    const refused: AuditEntry = { ...HOLD, phase: 'dead-letter', reason };
    expect(statusOf(proven, [principalCheck(1), refused])).toEqual(['revoked', 'confirmed', EVENT_MS + 1_000]);
    const checked: readonly Written[] = [...ALL, [principalCheck(1), NO_KEYS], [principalCheck(2), refused]];
    expect(statusOf(...checked)).toEqual(['revoked', 'confirmed', EVENT_MS + 2_000]);
  });

  it('is counted once for a check that waits', () => {
    expect(countReasons(historiesOf([proven, [principalCheck(1), HOLD]]))).toEqual([['held-protected', 1, 1]]);
  });

  it('has the hold of its check in the report', () => {
    const events = historiesOf([proven, [principalCheck(1), HOLD]]);
    const inputs = { deployment: undefined, inputs: [], generatedAt: 0, modes: [], versions: [], functions: [] };
    const checked = {
      verdict: 'intact',
      records: 2,
      chains: 1,
      closed: 1,
      copies: 0,
      findings: [],
      totals: {},
      cutEnds: 0,
      headsFrom: [],
    } as const;
    const page = reportPage({ events, reconciliations: [], checked, ...inputs });
    expect(page).not.toContain('No safety check held an event.');
    expect(page).not.toContain('Nothing needed action.');
  });
});
