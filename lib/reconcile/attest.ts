/**
 * The attestation: a second listing, half an hour or more after that of the run, and one record of what both show. A
 * single listing can miss a key, because keys are created and deleted while it is read.
 */
import type { ReconcileCode } from '../audit/entry.ts';
import { writeCheckpoint } from '../audit/write.ts';
import { eventKey, readEvent } from '../ledger/events.ts';
import { RECONCILE_SOURCE } from '../model/reconcile.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import {
  countStanding,
  countStandingKeys,
  excludedIn,
  type Finding,
  type StandingPrincipal,
  type Survey,
} from './found.ts';
import { type ReconcileServices, recordReconciliation } from './record.ts';
import { eventIdOf, figuresOf, ListingFailed, MAX_NAMED, type RunRequest } from './run.ts';
import { readRun, type SavedRun } from './run-row.ts';
import { surveyKeys } from './survey.ts';

/** Ms from the end of the first listing to the second one. */
const MIN_GAP_MS = 30 * 60_000;
const MAX_GAP_MS = 120 * 60_000;
const CONCURRENT_READS = 8;

export interface Attestation {
  readonly code: ReconcileCode;
  readonly detail: string;
  /** There was a run whose listing could be compared with this one. */
  readonly compared: boolean;
  readonly standingKeys: number;
  readonly findings: number;
  readonly remaining: readonly Remaining[];
}

/** An offboarded principal whose keys are live by the second listing, and why. */
export interface Remaining {
  readonly principalName: string;
  readonly keys: number;
  readonly why: string;
}

/** Rejects with ListingFailed, or if the ledger or a record cannot be reached: then run it again. */
export async function attest(
  services: ReconcileServices,
  { endsAt, requestId }: Pick<RunRequest, 'endsAt' | 'requestId'>,
): Promise<Attestation> {
  const first = await readRun(services.ports);
  const survey = await surveyKeys(services, endsAt);
  if (survey === undefined) {
    const figures = { standingKeys: 0, findings: 0, more: {} };
    const failed = { code: 'listing-failed', detail: 'the keys could not be listed', figures } as const;
    await recordReconciliation(services, requestId, { phase: 'reconcile', name: 'Attestation', ...failed });
    throw new ListingFailed();
  }
  const attestation = await compare(services, first, survey);
  const { code, detail, compared, standingKeys, findings, remaining } = attestation;
  await recordReconciliation(services, requestId, {
    phase: 'reconcile',
    name: 'Attestation',
    code,
    detail,
    figures: {
      standingKeys,
      findings,
      compared,
      more: {
        ...figuresOf(survey),
        ...(first === undefined ? {} : { first: firstFigures(first) }),
        remain: remaining.length,
        remaining: remaining.slice(0, MAX_NAMED).map((each) => ({ ...each })),
      },
    },
  });
  await writeCheckpoint(services, requestId);
  return attestation;
}

const firstFigures = ({ start, begun, ended, pages, keys, standing }: SavedRun) => ({
  start,
  from: new Date(begun).toISOString(),
  to: new Date(ended).toISOString(),
  pages,
  keys,
  standing,
});

async function compare(services: ReconcileServices, first: SavedRun | undefined, survey: Survey): Promise<Attestation> {
  const remaining = [
    ...(await mapWithConcurrency(CONCURRENT_READS, survey.standing, (each) => whyStanding(services, first, each))),
    ...excludedIn(survey).map(whyExcluded),
  ];
  const comparable = first !== undefined && isFarEnough(first, survey) ? first : undefined;
  return {
    ...verdictOf(comparable, survey),
    compared: comparable !== undefined,
    standingKeys: countStandingKeys(survey),
    findings: survey.findings.length,
    remaining,
  };
}

const isFarEnough = ({ ended }: SavedRun, { begun }: Survey): boolean =>
  begun - ended >= MIN_GAP_MS && begun - ended <= MAX_GAP_MS;

/** `first`: the run to compare with. `none-standing` only if both listings agree, and each says whose every key is. */
function verdictOf(first: SavedRun | undefined, survey: Survey): Pick<Attestation, 'code' | 'detail'> {
  const remain = countStanding(survey);
  const second = iso(survey.begun);
  if (remain > 0) {
    return { code: 'standing', detail: `${remain} of ${survey.offboarded} offboarded principals have live keys` };
  }
  if (first === undefined) return { code: 'unproven', detail: NO_RUN };
  const unproven = whyUnproven(first, survey);
  if (unproven !== undefined) return { code: 'unproven', detail: unproven };
  const pages = `${first.pages} and ${survey.pages} pages`;
  const shown = `is shown with a live key by the listings ${iso(first.begun)} and ${second} (${pages})`;
  return { code: 'none-standing', detail: `none of ${survey.offboarded} offboarded principals ${shown}: 0 remain` };
}

const iso = (ms: number): string => new Date(ms).toISOString();

const NO_RUN = 'the last run was not from half an hour to two hours before';

function whyUnproven(first: SavedRun, survey: Survey): string | undefined {
  if (first.unowned + survey.unowned > 0) return 'the API did not say whose some of the keys are';
  return first.standing > 0
    ? `the first listing showed ${first.standing} offboarded principals with live keys`
    : undefined;
}

const WHY_EXCLUDED: Readonly<Record<Finding['code'], string>> = {
  shared: 'the principal is shared by several people',
  protected: 'the principal is protected',
  directory: 'the directory gives the principal to another person',
  overdue: 'a scheduled offboarding is overdue',
  open: 'an offboarding has not ended',
};

const whyExcluded = ({ code, principalName, keys }: Finding): Remaining => ({
  principalName,
  keys,
  why: WHY_EXCLUDED[code],
});

/** By the row of the event that the run sent about the principal alone. */
async function whyStanding(
  { ports, settings }: ReconcileServices,
  first: SavedRun | undefined,
  { principalName, keys }: StandingPrincipal,
): Promise<Remaining> {
  if (settings.mode === 'dry-run') return { principalName, keys, why: 'dry run: nothing is revoked' };
  const id = eventIdOf(ports, first?.start ?? '', [{ principalName }]);
  const stored = await readEvent(ports, eventKey(ports, { source: RECONCILE_SOURCE, id }));
  const state = stored?.row.state ?? 'none';
  return { principalName, keys, why: WHY_STANDING[state] };
}

const WHY_STANDING = {
  none: 'not sent by the run: over the limit, or live only since',
  open: 'its event has not been processed yet',
  scheduled: 'its event has not been processed yet',
  held: 'its event is held',
  dead: 'its event is a dead letter',
  done: 'its event is done: a key was created since, or is still live after the call',
} as const;
