/** What reconciliation finds and does not revoke: an operator decides. */
import { sameButForCase } from '../../events/names.ts';
import { isPersonal, resolveAllPrincipals } from '../ledger/directory.ts';
import type { EventRow } from '../ledger/event-row.ts';
import { eventKey, readEventRow } from '../ledger/events.ts';
import { protectedPrincipalRule } from '../revoke/rules.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import type { Finding, KnownOwner, SurveyServices } from './found.ts';

/** How long after its date a scheduled offboarding counts as overdue, in ms. */
const OVERDUE_MS = 3_600_000;
const CONCURRENT_READS = 8;

interface Owners {
  /** Offboarded, with live keys. */
  readonly offboarded: readonly KnownOwner[];
  /** Of whom the ledger knows something else. */
  readonly others: readonly KnownOwner[];
}

/** Rejects if the ledger cannot be read. */
export async function findingsOf(
  services: SurveyServices,
  { offboarded, others }: Owners,
): Promise<readonly Finding[]> {
  const excluded = await mapWithConcurrency(CONCURRENT_READS, offboarded, (owner) => exclusionOf(services, owner));
  return [...excluded.flat(), ...(await lateOffboardings(services, others))];
}

async function exclusionOf(services: SurveyServices, owner: KnownOwner): Promise<readonly Finding[]> {
  const { ports, settings } = services;
  const { principalName, keys } = owner;
  if (!isPersonal(principalName)) return [{ code: 'shared', principalName, keys }];
  const rule = protectedPrincipalRule(principalName, settings, ports.clock.now());
  if (rule !== undefined) return [{ code: 'protected', principalName, keys }];
  return (await belongsToAnother(services, owner)) ? [{ code: 'directory', principalName, keys }] : [];
}

/** Every person who was offboarded with this principal has other ones in today's directory. */
async function belongsToAnother(
  { ports, settings: { principalTemplates } }: SurveyServices,
  { principalName, statements }: KnownOwner,
): Promise<boolean> {
  const people = statements.filter(({ state }) => state === 'offboarded').map(({ identity }) => identity);
  for (const identity of people) {
    const principals = identity && (await resolveAllPrincipals(ports, { identity }, principalTemplates));
    if (principals === undefined || principals.some((name) => sameButForCase(name, principalName))) return false;
  }
  return true;
}

/** Scheduled offboardings whose event should have been processed by now. */
async function lateOffboardings(services: SurveyServices, owners: readonly KnownOwner[]): Promise<readonly Finding[]> {
  const { ports, settings } = services;
  const scheduled = owners.flatMap((owner) =>
    owner.statements
      .filter(({ state }) => state === 'scheduled')
      .map((statement) => ({ owner, pk: eventKey(ports, statement) })),
  );
  const rows = await ports.rows.getAll(scheduled.map(({ pk }) => pk));
  const late = scheduled.flatMap(({ owner: { principalName, keys }, pk }): readonly Finding[] => {
    const row = rows.get(pk);
    const code = lateCode(row && readEventRow(row), ports.clock.now() - settings.retryHorizonMs - OVERDUE_MS);
    return code === undefined ? [] : [{ code, principalName, keys }];
  });
  return [...new Map(late.map((finding) => [finding.principalName, finding])).values()];
}

/** `before` in epoch ms: what was due by then must have ended. Dead letters are already reported. */
function lateCode(row: EventRow | undefined, before: number): Finding['code'] | undefined {
  if (row === undefined) return 'overdue';
  if ((row.dueAt ?? 0) > before) return undefined;
  if (row.state === 'scheduled') return 'overdue';
  return row.state === 'open' ? 'open' : undefined;
}
