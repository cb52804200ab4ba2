/** The guards of principal-wide events, asked of the ledger and the configuration. Decisions are in `domain/guard.ts`. */
import type { PrincipalName } from '../../events/ids.ts';
import type { Work } from '../context.ts';
import { type Name, reinstatedAt } from '../ledger/ledger.ts';
import { windowsOf } from '../ledger/window.ts';
import type { KeysOf } from '../model/plan.ts';
import { protectedPrincipal, type Stop, stale, superseded } from '../revoke/guards.ts';

/** Every guard that would stop it, in the order in which they are asked. */
export async function stopsFor(
  { environment: { ports, settings }, event }: Work,
  { subject, late, effectiveAt }: KeysOf,
  principals: readonly PrincipalName[],
): Promise<readonly Stop[]> {
  const now = ports.clock.now();
  const names: readonly Name[] = 'identity' in subject ? [subject.identity, ...principals] : principals;
  const reinstated = late ? await reinstatedAt(ports, names) : undefined;
  const facts = {
    time: event.time,
    late,
    ...(effectiveAt === undefined ? {} : { effectiveAt }),
    ...(reinstated === undefined ? {} : { reinstatedAt: reinstated }),
  };
  return [
    ...principals.map((principal) => protectedPrincipal(principal, settings, now)),
    superseded(facts),
    stale(facts, settings, now),
  ].filter((stop) => stop !== undefined);
}

/** Asks every window; the first that is full stops the event. A principal that was admitted before is free. */
export async function overLimit(
  { environment: { ports, settings }, event }: Work,
  principal: PrincipalName,
): Promise<Stop | undefined> {
  // Names may have 512 characters, and a window's whole set is one item.
  const member = ports.sha256(principal).slice(0, 32);
  for (const { pk, limit, expiresAt, rule } of windowsOf(
    ports.sha256(event.source),
    settings.limits,
    ports.clock.now(),
  )) {
    if (!(await ports.table.admit(pk, member, limit, expiresAt))) {
      return { reason: 'held-limit', detail: `rule: ${rule} (${limit} distinct principals)` };
    }
  }
  return undefined;
}
