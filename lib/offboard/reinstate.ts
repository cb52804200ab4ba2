/**
 * A reinstatement: offboardings of the same authority, of that time or earlier, no longer apply, and scheduled ones are
 * cancelled. What another authority said stands, unless an operator approves that it is taken back.
 */
import type { PrincipalName } from '../../events/ids.ts';
import { sameButForCase } from '../../events/names.ts';
import { approvedFor, type EventContext } from '../context.ts';
import { identityName, resolveAllPrincipals, resolvePrincipals } from '../ledger/directory.ts';
import type { EventRow } from '../ledger/event-row.ts';
import { bodyHash, eventKey, readEvent, writeEvent } from '../ledger/events.ts';
import { type ReinstatedName, writeReinstatement } from '../ledger/reinstatements.ts';
import { readOldSchedule, type Scheduled } from '../ledger/schedules.ts';
import { readStatements, type Statement, standsAt, statementOf, writeStatement } from '../ledger/statements.ts';
import {
  CONFLICT,
  type DeadDisposition,
  type Disposition,
  DONE,
  retryLater,
  type Standing,
} from '../model/disposition.ts';
import { onlyTarget, type Subject } from '../model/plan.ts';
import { authorityOfSource, httpsSender, isNamedAuthority, type SenderSettings } from '../model/sender.ts';
import { cancelSchedule } from './schedule.ts';

/** A statement that offboards one of the event's principals. */
type StandingStatement = Statement & { readonly principal: PrincipalName; readonly state: Standing['state'] };

/**
 * Directories repeat in each sync that a person is active: this alone takes back nothing. They also decide who has
 * which name.
 */
const DIRECTORY_SYNC = httpsSender('scim');

/**
 * `done` once the ledger has it, for the person and every principal that may be theirs. Rejects if the ledger or a
 * record cannot be written.
 */
export async function processReinstatement(context: EventContext, subject: Subject): Promise<Disposition> {
  const { runtime, event, sender } = context;
  const { ports, settings } = runtime;
  if (await hasOthersRow(context)) return CONFLICT;
  const underAnyName = (await resolveAllPrincipals(ports, subject, settings.principalTemplates)) ?? [];
  const isSync = sender.id === DIRECTORY_SYNC;
  const named = isSync ? underAnyName : await namedBy(context, subject);
  const { authority } = sender;
  const isOwn = (statement: StandingStatement): boolean =>
    statement.authority === authority && (isAmong(statement.principal, named) || isAbout(statement, subject));
  const hasOtherNames = underAnyName.length > named.length;
  const meant = isSync || hasOtherNames ? (await standingStatements(context, underAnyName)).filter(isOwn) : [];
  if (isSync && meant.length === 0) return ignoreSync(context, named);
  const principals = [...new Set([...named, ...meant.map(({ principal }) => principal)])];
  // Principals first: their follow-up checks ask for no identity, should the ledger fail in between.
  const names: readonly ReinstatedName[] = 'identity' in subject ? [...principals, subject.identity] : principals;
  const remembered = await rememberAll(context, principals, names);
  // Read after the write: a concurrent offboarding either finds the reinstatement, or its statement is found here.
  const statements = await standingStatements(context, underAnyName);
  const own = statements.filter(isOwn);
  const others = statements.filter((statement) => !isOwn(statement));
  for (const principal of principals) await cancelSchedule(context, { principal, authority }, event.time);
  for (const statement of own) await takeBack(context, statement, reinstatedBy(event, statement));

  const standing = await takeBackApproved(context, names, others);
  const target = onlyTarget(principals);
  await context.audit({ phase: 'note', name: 'Reinstatement', detail: 'reinstated', ...(target && { target }) });
  if (!remembered) return { ...TOO_MANY, principals };
  return standing.length === 0 ? DONE : holdStanding(context, principals, standing);
}

/**
 * Without the other names that a SCIM directory knows for the person: an account that may rename users there could have
 * another person's offboarding taken back, by the next reinstatement of the renamed one.
 */
const namedBy = async (
  { runtime: { ports, settings } }: EventContext,
  subject: Subject,
): Promise<readonly PrincipalName[]> =>
  (await resolvePrincipals(ports.table, subject, settings.principalTemplates)) ?? [];

const isAmong = (principal: PrincipalName, named: readonly PrincipalName[]): boolean =>
  named.some((name) => sameButForCase(name, principal));

/** Whether the offboarding named the same person. Logins are often e-mail addresses, and case means nothing in them. */
function isAbout({ identity }: Statement, subject: Subject): boolean {
  if (identity === undefined || !('identity' in subject)) return false;
  const [then, now] = [identityName(identity), identityName(subject.identity)];
  const isId = then.kind === 'externalId' || now.kind === 'externalId';
  return isId ? then.kind === now.kind && then.value === now.value : sameButForCase(then.value, now.value);
}

/** False: a later offboarding of this authority may not find the reinstatement, and an operator must approve it. */
async function rememberAll(
  context: EventContext,
  principals: readonly PrincipalName[],
  names: readonly ReinstatedName[],
): Promise<boolean> {
  const { runtime, event, sender } = context;
  const { authority } = sender;
  const isApproved = approvedFor(context, principals)({ reason: 'held-authority' });
  const limited = !isApproved && !isNamedAuthority(authority, runtime.settings.senders);
  let all = true;
  for (const name of names) {
    const written = await writeReinstatement(runtime.ports, name, { authority, time: event.time, limited });
    all &&= written;
  }
  return all;
}

/** Another body under this name, maybe the schedule of an offboarding, which a hold of this one would overwrite. */
async function hasOthersRow(context: EventContext): Promise<boolean> {
  const { ports } = context.runtime;
  const stored = await readEvent(ports, eventKey(ports, context.event));
  if (stored === undefined || stored.row.bodyHash === bodyHash(ports, context.event)) return false;
  return !approvedFor(context, [])({ reason: 'held-conflict' });
}

const TOO_MANY: DeadDisposition = {
  kind: 'dead',
  reason: 'held-authority',
  detail: 'rule: more authorities have reinstated this person than the ledger remembers',
};

async function standingStatements(
  { runtime: { ports, settings }, event }: EventContext,
  principals: readonly PrincipalName[],
): Promise<readonly StandingStatement[]> {
  const found = await Promise.all(
    principals.map(async (principal) => {
      const old = await readOldSchedule(ports, principal);
      const statements = [...(await readStatements(ports, principal)), ...statementsOf01(old, settings.senders)];
      return statements.map((statement) => ({ principal, ...statement }));
    }),
  );
  return found
    .flat()
    .flatMap((statement) => (isStanding(statement) && standsAt(statement, event.time) ? [statement] : []));
}

/** 0.1 kept no statements: what it has scheduled is one. */
function statementsOf01(scheduled: Scheduled | undefined, senders: SenderSettings): readonly Statement[] {
  if (scheduled === undefined) return [];
  const authority = authorityOfSource(scheduled.event.source, senders);
  return [statementOf(scheduled.event, { authority, state: 'scheduled' })];
}

const isStanding = (statement: Statement & { readonly principal: PrincipalName }): statement is StandingStatement =>
  statement.state !== 'reinstated';

/** It can be no reply to an offboarding of its own: another authority's stands, or there is none. */
async function ignoreSync({ audit }: EventContext, principals: readonly PrincipalName[]): Promise<Disposition> {
  const target = onlyTarget(principals);
  await audit({ phase: 'note', name: 'Reinstatement Ignored', detail: 'not-own-word', ...(target && { target }) });
  return DONE;
}

const reinstatedBy = ({ source, id, time }: EventContext['event'], { authority }: Statement): Statement => ({
  authority,
  state: 'reinstated',
  time,
  source,
  id,
});

/** Of the principal and of the owners that its name stands for. */
async function takeBack(
  { runtime: { ports } }: EventContext,
  { principal, owners = [] }: StandingStatement,
  reinstated: Statement,
): Promise<void> {
  for (const name of [principal, ...owners]) await writeStatement(ports, name, reinstated);
}

/** An approval takes back exactly the events that it names. The result is what still stands. */
async function takeBackApproved(
  context: EventContext,
  names: readonly ReinstatedName[],
  others: readonly StandingStatement[],
): Promise<readonly StandingStatement[]> {
  const { ports } = context.runtime;
  const shown = others.length === 0 ? [] : ((await ownRow(context))?.standing ?? []);
  const approved = new Set(approvedFor(context, shown)({ reason: 'held-authority' }) ? shown : []);
  const isApproved = (statement: StandingStatement): boolean => approved.has(eventKey(ports, statement));
  for (const statement of others.filter(isApproved)) {
    const { principal, authority, time } = statement;
    for (const name of new Set([principal, ...names])) {
      await writeReinstatement(ports, name, { authority, time, limited: false });
    }
    await cancelSchedule(context, { principal, authority }, time);
    const { source, id } = statement;
    await takeBack(context, statement, { authority, state: 'reinstated', time, source, id });
  }
  return others.filter((statement) => !isApproved(statement));
}

async function ownRow({ runtime: { ports }, event }: EventContext): Promise<EventRow | undefined> {
  const stored = await readEvent(ports, eventKey(ports, event));
  return stored?.row.bodyHash === bodyHash(ports, event) ? stored.row : undefined;
}

/** The row keeps what the operator is shown: an approval takes back nothing else. */
async function holdStanding(
  { runtime: { ports }, event, sender }: EventContext,
  principals: readonly PrincipalName[],
  statements: readonly StandingStatement[],
): Promise<Disposition> {
  const pk = eventKey(ports, event);
  const stored = await readEvent(ports, pk);
  const row: EventRow = {
    state: 'held',
    bodyHash: bodyHash(ports, event),
    time: event.time,
    holder: '',
    leaseUntil: 0,
    principals: [...principals],
    late: false,
    checked: {},
    sender: sender.id,
    authority: sender.authority,
    standing: statements.map((statement) => eventKey(ports, statement)),
  };
  if (!(await writeEvent(ports, { pk, version: (stored?.version ?? 0) + 1, row }, stored?.version))) {
    return retryLater('busy');
  }
  const target = onlyTarget(principals);
  const isOthers = statements.some(({ authority }) => authority !== sender.authority);
  return {
    kind: 'dead',
    reason: 'held-authority',
    detail: isOthers
      ? "rule: another authority's offboarding stands"
      : 'rule: an offboarding under another name of the person stands',
    standing: statements.map(({ principal, identity: _person, owners: _owners, ...statement }) => ({
      principalName: principal,
      ...statement,
    })),
    ...(target && { target }),
  };
}
