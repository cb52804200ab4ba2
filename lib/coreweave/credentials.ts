/** CoreWeave behind the port `Credentials`: what pipelines know of the API. */
import type { KeyListing, KeyState } from '../model/key.ts';
import type { AttemptResult, RevocationCall } from '../model/outcome.ts';
import { type Target, targetName } from '../model/plan.ts';
import type { Settings } from '../model/settings.ts';
import type { Clock, Credentials, RevocationOptions } from '../ports.ts';
import { MIN_CALL_MS } from '../runtime/deadline.ts';
import { retryAfterSeconds } from '../runtime/retry.ts';
import { type ApiRequest, type ApiResponse, REVOKE_ACTIONS } from './api.ts';
import { type ApiClient, type ClientPorts, createApiClient } from './client.ts';
import { listLiveKeys } from './key-listing.ts';
import { parseKeyState, parseVerdict } from './key-state.ts';
import { isThrottled, type Meaning, meaningOf } from './meaning.ts';

type RevokeRequest = Extract<ApiRequest, { call: 'revoke-key' | 'revoke-principal' }>;

const revokeRequest = (target: Target): RevokeRequest =>
  target.kind === 'key'
    ? { call: 'revoke-key', accessKeyId: target.accessKeyId }
    : { call: 'revoke-principal', principalName: target.principalName };

export function createCredentials(
  ports: ClientPorts,
  settings: Pick<Settings, 'apiConcurrency' | 'apiTimeoutMs'>,
): Credentials {
  const { clock, log } = ports;
  const client = createApiClient(ports, settings);
  let listed: KeyListing | undefined;
  return {
    canRevoke: (endsAt) => endsAt - clock.now() >= MIN_CALL_MS && client.canSend(endsAt),
    isUnavailable: client.isCircuitOpen,
    isThrottledButServing: client.isThrottledButServing,
    retryDelayS: client.retryDelayS,
    revoke: (target, options) => client.withSlot(() => revokeOnce({ client, clock }, target, options), options.endsAt),
    reportVerification(target, readable) {
      // A read-back that the rate limit refused says nothing about the host.
      if (readable || !client.isThrottledButServing()) client.reportTarget(targetName(target), !readable);
    },
    keyState: (id, endsAt) => readKey({ client, clock }, id, endsAt),
    probe: (target, endsAt) => probe({ client, clock }, target, endsAt),
    async listKeys(endsAt) {
      const listing = await listLiveKeys(client, { clock, log }, endsAt);
      listed = listing ?? listed;
      return listing;
    },
    recentListing: (maxAgeMs) => (listed !== undefined && clock.now() - listed.begun <= maxAgeMs ? listed : undefined),
  };
}

interface Calling {
  readonly client: ApiClient;
  readonly clock: Clock;
}

async function probe({ client, clock }: Calling, target: Target, endsAt: number): Promise<'up' | 'throttled' | 'down'> {
  const request = { call: 'can-i', action: REVOKE_ACTIONS[revokeRequest(target).call] } as const;
  const response = await client.withSlot(() => client.send(request, endsAt), endsAt);
  if (response === undefined || isThrottled(response)) return 'throttled';
  if (parseVerdict(response) !== undefined) return 'up';
  // At the invocation's end nothing is answered any more: that says nothing about the API.
  if (clock.now() < endsAt) client.reportTarget(targetName(target), true);
  return 'down';
}

async function readKey({ client, clock }: Calling, accessKeyId: string, endsAt: number): Promise<KeyState> {
  const response = await client.send({ call: 'read-key', accessKeyId }, endsAt);
  const state = parseKeyState(accessKeyId, response);
  return state.kind === 'unreadable' ? { ...state, ...retryAfterIn(response, clock.now()) } : state;
}

async function revokeOnce(
  { client, clock }: Calling,
  target: Target,
  { attempt, endsAt, mustEndBy = endsAt, beforeCall }: RevocationOptions,
): Promise<AttemptResult | undefined> {
  const deadline = Math.min(endsAt, mustEndBy);
  if (deadline - clock.now() < MIN_CALL_MS || !client.tryStart()) return undefined;
  const request = revokeRequest(target);
  const announced: RevocationCall = { call: request.call, attempt };
  await beforeCall(announced);

  const response = await client.send(request, deadline);
  const { outcome, next, quick, systemic } = await withPermissionAnswer(client, request, endsAt, meaningOf(response));
  // Whether an unanswered call is trouble of the API, the read-back has to tell.
  if (next !== 'verify-effect') client.reportTarget(targetName(target), systemic);
  return { outcome, next, quick, call: { ...announced, ...shown(response) }, ...retryAfterIn(response, clock.now()) };
}

/**
 * A 403 may concern this target alone, or mean that our token may do nothing; an odd status may be about this target,
 * or another host's: `can-i` tells. (API reference, permissions)
 */
async function withPermissionAnswer(
  client: ApiClient,
  { call }: RevokeRequest,
  endsAt: number,
  { next, ...meaning }: Meaning,
): Promise<Meaning & { readonly next: AttemptResult['next'] }> {
  if (next !== 'ask-permission' && next !== 'ask-host') return { ...meaning, next };
  const response = await client.send({ call: 'can-i', action: REVOKE_ACTIONS[call] }, endsAt);
  const verdict = parseVerdict(response);
  const isElsewhere = verdict === undefined && !isThrottled(response);
  return { ...meaning, next: 'retry', systemic: next === 'ask-host' ? isElsewhere : verdict === false };
}

const shown = (response: ApiResponse): Pick<RevocationCall, 'status' | 'latencyMs' | 'fault'> =>
  response.kind === 'answer'
    ? { status: response.status, latencyMs: response.latencyMs }
    : { fault: response.fault, latencyMs: response.latencyMs };

function retryAfterIn(response: ApiResponse, now: number): Pick<AttemptResult, 'retryAfterS'> {
  // Stryker disable next-line ConditionalExpression: for the type only, a fault has no Retry-After
  const seconds = response.kind === 'answer' ? retryAfterSeconds(response.retryAfter, response.date, now) : undefined;
  return seconds ? { retryAfterS: seconds } : {};
}
