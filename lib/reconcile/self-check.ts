/**
 * The self-check: is the API token whose it should be, may it do what a leak needs, and how long does it live? It finds
 * on a quiet day what would otherwise be found during a leak.
 */
import { writeCheckpoint } from '../audit/write.ts';
import type { Api, ApiRequest, ApiResponse } from '../coreweave/api.ts';
import { isThrottled } from '../coreweave/meaning.ts';
import { parseProbe, permissionProbes } from '../coreweave/probes.ts';
import { parseTokenOwner, type TokenOwner } from '../coreweave/whoami.ts';
import type { Settings } from '../model/settings.ts';
import { TOKEN_WARNING_DAYS } from '../model/token-expiry.ts';
import { type ReconcileServices, recordReconciliation } from './record.ts';

export interface SelfCheckServices extends ReconcileServices {
  readonly api: Api;
  /** Whole days until the token expires; undefined: not known. Rejects if its age cannot be read. */
  readonly tokenDaysLeft: () => Promise<number | undefined>;
}

export interface SelfCheck {
  readonly owner: TokenOwner | undefined;
  readonly daysLeft: number | undefined;
  /** Fixed sentences. */
  readonly findings: readonly string[];
}

const MAX_ATTEMPTS = 3;
const PAUSE_MS = 2_000;

/** Rejects if the record cannot be written. */
export async function selfCheck(services: SelfCheckServices, requestId: string): Promise<SelfCheck> {
  const { settings } = services;
  const whoami = await ask(services, { call: 'whoami' });
  const owner = parseTokenOwner(whoami);
  const daysLeft = await services.tokenDaysLeft().catch(() => undefined);
  const findings = [
    ...ownerFindings(owner, whoami, settings),
    ...(daysLeft !== undefined && daysLeft < TOKEN_WARNING_DAYS ? [`the token ends in ${daysLeft} days`] : []),
    ...(await permissionFindings(services)),
  ];
  const detail =
    findings.length === 0 ? 'the token is whose it should be, and may do what it must' : findings.join('; ');
  const more = {
    ...(owner === undefined ? {} : { ...owner }),
    ...(daysLeft === undefined ? {} : { token_days_left: daysLeft }),
  };
  await recordReconciliation(services, requestId, {
    phase: 'reconcile',
    name: 'Self-check',
    code: findings.length === 0 ? 'ok' : 'findings',
    detail,
    figures: { standingKeys: 0, findings: findings.length, more },
  });
  await writeCheckpoint(services, requestId);
  return { owner, daysLeft, findings };
}

function ownerFindings(
  owner: TokenOwner | undefined,
  response: ApiResponse,
  { selfPrincipal, organization }: Pick<Settings, 'selfPrincipal' | 'organization'>,
): readonly string[] {
  if (owner === undefined) return [response.kind === 'answer' && response.status === 401 ? REFUSED : UNKNOWN_OWNER];
  return [
    ...(selfPrincipal === owner.principalName
      ? []
      : [`SELF_PRINCIPAL is not ${owner.principalName}, whose token it is`]),
    ...(organization === undefined || organization === owner.orgUid
      ? []
      : [`COREWEAVE_ORG_UID is not ${owner.orgUid}, whose token it is`]),
  ];
}

const REFUSED = 'the API refuses the token';
const UNKNOWN_OWNER = 'the API does not say whose the token is';

async function permissionFindings(services: SelfCheckServices): Promise<readonly string[]> {
  const findings: string[] = [];
  const dryRun = services.settings.mode === 'dry-run';
  for (const { permission, request } of permissionProbes(services.ports.chance, { dryRun })) {
    const answer = parseProbe(await ask(services, request));
    if (answer === 'denied') findings.push(`the token may not ${permission}`);
    if (answer === undefined) findings.push(`it is not known whether the token may ${permission}`);
  }
  return findings;
}

/** A moment's trouble is no finding. */
async function ask({ api, ports, settings }: SelfCheckServices, request: ApiRequest): Promise<ApiResponse> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await api.send(request, settings.apiTimeoutMs);
    const passing = response.kind === 'fault' || isThrottled(response) || response.status >= 500;
    if (!passing || attempt === MAX_ATTEMPTS) return response;
    await ports.clock.sleep(PAUSE_MS * attempt);
  }
}
