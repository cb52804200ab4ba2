/**
 * A run: list the keys, find the offboarded principals with live ones, and send an event for each within the limit of
 * the day; the others are named in one event, which is held. Run again for the same start it sends the same events.
 */

import { MAX_RECONCILED } from '../../events/data.ts';
import type { PrincipalName } from '../../events/ids.ts';
import type { ReconcileCode } from '../audit/entry.ts';
import { writeCheckpoint } from '../audit/write.ts';
import { admitReconciled, readReconciled } from '../ledger/window.ts';
import { asciiJson } from '../model/json.ts';
import { RECONCILE_SOURCE } from '../model/reconcile.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import { countStanding, countStandingKeys, type StandingPrincipal, type Survey, type SurveyServices } from './found.ts';
import { type ReconcileServices, recordReconciliation } from './record.ts';
import { saveRun } from './run-row.ts';
import { surveyKeys } from './survey.ts';

const CONCURRENT_SENDS = 10;

export interface RunRequest {
  /** RFC 3339: the time of its events. The same for each attempt of a run. */
  readonly start: string;
  /** Epoch ms. */
  readonly endsAt: number;
  readonly requestId: string;
}

export interface RunReport extends Survey {
  readonly start: string;
  /** Each has an event of its own. */
  readonly admitted: readonly PrincipalName[];
  /** Over the limit. */
  readonly held: readonly PrincipalName[];
}

/** Thrown if the keys could not be listed: run it again. */
export class ListingFailed extends Error {
  override readonly name = 'ListingFailed';
  readonly code = 'listing-failed';

  constructor() {
    super('listing-failed: the keys could not be listed');
  }
}

/** Rejects with ListingFailed, or if the ledger, a queue or a record cannot be reached: then run it again. */
export async function runReconciliation(services: ReconcileServices, request: RunRequest): Promise<RunReport> {
  const { start, requestId } = request;
  const survey = await surveyKeys(services, request.endsAt);
  if (survey === undefined) {
    await recordFailure(services, request);
    throw new ListingFailed();
  }
  const division = await divide(services, start, survey.standing);
  const { admitted, held } = await admitOthers(services, start, division);
  const events = eventsOf(services, start, { admitted, held });
  await mapWithConcurrency(CONCURRENT_SENDS, events, (body) => services.ports.lanes.send('bulk', body, {}));
  await saveRun(services.ports, { start, survey });
  const code = codeOf(survey);
  await recordReconciliation(services, requestId, {
    phase: 'reconcile',
    name: 'Reconciliation',
    code,
    detail: detailOf(survey),
    figures: {
      standingKeys: countStandingKeys(survey),
      findings: survey.findings.length,
      more: { start, ...figuresOf(survey), sent: admitted.length, held: held.length },
    },
  });
  await writeCheckpoint(services, requestId);
  return reportOf(survey, start, { admitted, held });
}

/** The same, but it writes and sends nothing. Rejects as the run does. */
export async function previewRun(
  services: SurveyServices,
  { start, endsAt }: Pick<RunRequest, 'start' | 'endsAt'>,
): Promise<RunReport> {
  const survey = await surveyKeys(services, endsAt);
  if (survey === undefined) throw new ListingFailed();
  const { admitted, others, left } = await divide(services, start, survey.standing);
  return reportOf(survey, start, { admitted: [...admitted, ...others.slice(0, left)], held: others.slice(left) });
}

function reportOf(survey: Survey, start: string, { admitted, held }: Division): RunReport {
  const names = (principals: readonly StandingPrincipal[]) => principals.map(({ principalName }) => principalName);
  return { ...survey, start, admitted: names(admitted), held: names(held) };
}

const codeOf = (survey: Survey): ReconcileCode => {
  if (countStanding(survey) > 0) return 'standing';
  return survey.unowned > 0 ? 'unproven' : 'none-standing';
};

/** One listing can miss a key, and cannot tell whose a key without an owner is. */
function detailOf(survey: Survey): string {
  const { offboarded, unowned } = survey;
  const standing = countStanding(survey);
  if (standing > 0) return `${standing} of ${offboarded} offboarded principals have live keys`;
  const others = unowned > 0 ? `; the API did not say whose ${unowned} keys are` : '';
  return `none of ${offboarded} offboarded principals is shown with a live key by one listing${others}`;
}

/** Findings and remaining principals that a record names. */
export const MAX_NAMED = 100;

/** What the records of a survey have in common. */
export const figuresOf = ({ begun, ended, pages, keys, owners, offboarded, unowned, reads, findings }: Survey) => ({
  from: new Date(begun).toISOString(),
  to: new Date(ended).toISOString(),
  pages,
  keys,
  owners,
  offboarded,
  unowned,
  ledger_reads: reads,
  found: findings
    .slice(0, MAX_NAMED)
    .map(({ code, principalName, keys: live }) => ({ code, principalName, keys: live })),
});

async function recordFailure(services: ReconcileServices, { start, requestId }: RunRequest): Promise<void> {
  await recordReconciliation(services, requestId, {
    phase: 'reconcile',
    name: 'Reconciliation',
    code: 'listing-failed',
    detail: 'the keys could not be listed',
    figures: { standingKeys: 0, findings: 0, more: { start } },
  });
  await writeCheckpoint(services, requestId);
}

interface Division {
  readonly admitted: readonly StandingPrincipal[];
  readonly held: readonly StandingPrincipal[];
}

/** Who was admitted that day before, by one read, and for how many others there is room. */
async function divide(
  { ports, settings }: SurveyServices,
  time: string,
  standing: Survey['standing'],
): Promise<{
  readonly admitted: readonly StandingPrincipal[];
  readonly others: readonly StandingPrincipal[];
  readonly left: number;
}> {
  const { isAdmitted, count } = await readReconciled(ports, { time });
  const admitted = standing.filter(({ principalName }) => isAdmitted(principalName));
  const others = standing.filter(({ principalName }) => !isAdmitted(principalName));
  return { admitted, others, left: Math.max(0, settings.reconcileLimit - count) };
}

/** By name, so that each attempt of a run admits the same ones. */
async function admitOthers(
  { ports, settings: { reconcileLimit: limit } }: ReconcileServices,
  time: string,
  { admitted: before, others }: Pick<Awaited<ReturnType<typeof divide>>, 'admitted' | 'others'>,
): Promise<Division> {
  const admitted = [...before];
  for (const [index, principal] of others.entries()) {
    const fits = await admitReconciled(ports, { time, principal: principal.principalName, limit });
    if (!fits) return { admitted, held: others.slice(index) };
    admitted.push(principal);
  }
  return { admitted, held: [] };
}

/** Ids tell the run and the principals, so that an event that is sent twice is processed once. */
function eventsOf(services: ReconcileServices, start: string, { admitted, held }: Division): readonly string[] {
  const groups = Array.from({ length: Math.ceil(held.length / MAX_RECONCILED) }, (_, n) =>
    held.slice(n * MAX_RECONCILED, (n + 1) * MAX_RECONCILED),
  );
  return [...admitted.map((principal) => [principal]), ...groups].map((principals) =>
    asciiJson({
      specversion: '1.0',
      type: 'user.offboarded.v1',
      id: eventIdOf(services.ports, start, principals),
      source: RECONCILE_SOURCE,
      time: start,
      data: { principals: principals.map(({ principalName, version }) => ({ principalName, version })) },
    }),
  );
}

export const eventIdOf = (
  { sha256 }: Pick<ReconcileServices['ports'], 'sha256'>,
  start: string,
  principals: readonly Pick<StandingPrincipal, 'principalName'>[],
): string => `${start}/${sha256(principals.map(({ principalName }) => principalName).join('\n')).slice(0, 32)}`;
