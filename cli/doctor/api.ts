/** The checks of `revoker doctor` against the CoreWeave API: token, permissions, clock, and age of the token. */
import type { ApiResponse } from '../../lib/coreweave/api.ts';
import { parseTokenOwner } from '../../lib/coreweave/whoami.ts';
import { ConfigError, optional } from '../../lib/io/config/environment.ts';
import { V } from '../../lib/io/config/variables.ts';
import { secretReader } from '../../lib/io/secrets/token.ts';
import { TOKEN_WARNING_DAYS, tokenDaysLeft } from '../../lib/model/token-expiry.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';
import { pluralize } from '../../terminal/format.ts';
import { explainApiFailure, isTokenFailure } from '../api-failure.ts';
import type { Context } from '../context.ts';
import { openApi, readConfigFor } from '../services.ts';
import { type Check, failed, ok, warning } from './check.ts';
import { PERMISSION_FIX, type Permissions, tryPermissions } from './permissions.ts';

/** AWS rejects signatures whose time is 5 minutes off. The `Date` header has whole seconds. */
const SKEW_WARNS_MS = 30_000;
const SKEW_FAILS_MS = 300_000;

export async function checkApi(context: Context): Promise<readonly Check[]> {
  const { env, clock } = context;
  let connection: ReturnType<typeof openApi>;
  try {
    connection = openApi(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [failed('API token', 'the token or the URL of the API is missing or wrong', 'fix the configuration first')];
  }
  const { api, timeoutMs, host } = connection;
  const permissions = await tryPermissions(context, connection);
  const { failure, first } = permissions;
  const skew = first === undefined ? [] : checkClock(first, clock.now());
  if (failure !== undefined) {
    const { message, next } = await explainApiFailure(failure, env);
    const detail = message.includes(host) ? message : `${host}: ${message}`;
    return [failed(isTokenFailure(failure) ? 'API token' : 'API', detail, next), ...skew];
  }
  const owner = checkOwner(await api.send({ call: 'whoami' }, timeoutMs), env);
  return [ok('API token', `valid at ${host}`), ...owner, checkPermissions(permissions, env), ...skew];
}

function checkPermissions({ denied, tried }: Permissions, env: Context['env']): Check {
  const name = 'permissions';
  if (denied.length > 0) return failed(name, `the token may not ${denied.join(', ')}`, PERMISSION_FIX);
  const untried = env.MODE === 'dry-run' ? '; revocations are not tried in dry run' : '';
  return ok(name, `all ${tried} that were tried${untried}`);
}

/** The daily self-check compares both. */
function checkOwner(response: ApiResponse, env: Context['env']): readonly Check[] {
  const name = 'token owner';
  const owner = parseTokenOwner(response);
  if (owner === undefined)
    return [warning(name, 'the API does not say whose the token is', 'set SELF_PRINCIPAL by hand')];
  const { principalName, orgUid } = owner;
  const problems = [
    ...(env.SELF_PRINCIPAL && env.SELF_PRINCIPAL !== principalName ? [`SELF_PRINCIPAL is ${env.SELF_PRINCIPAL}`] : []),
    ...(env.COREWEAVE_ORG_UID && env.COREWEAVE_ORG_UID !== orgUid
      ? [`COREWEAVE_ORG_UID is ${env.COREWEAVE_ORG_UID}`]
      : []),
  ];
  const detail = `${principalName} of organization ${orgUid}`;
  if (problems.length === 0) return [ok(name, detail)];
  return [
    failed(
      name,
      `${detail}, but ${problems.join(', ')}`,
      'set both to what `revoker whoami` shows, or store another token',
    ),
  ];
}

function checkClock(
  observed: Awaited<ReturnType<ReturnType<typeof openApi>['api']['send']>>,
  now: number,
): readonly Check[] {
  const there = observed.kind === 'answer' && observed.date !== undefined ? Date.parse(observed.date) : Number.NaN;
  if (Number.isNaN(there)) return [];
  const skew = now - there;
  const seconds = Math.round(Math.abs(skew) / 1_000);
  const detail =
    seconds <= 1 ? 'same as the clock of the API' : `${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the API's`;
  const fix = 'set the clock of this machine by NTP';
  if (Math.abs(skew) > SKEW_FAILS_MS) return [failed('clock', detail, fix)];
  return [Math.abs(skew) > SKEW_WARNS_MS ? warning('clock', detail, fix) : ok('clock', detail)];
}

const NAME = 'token life';
const ROTATE =
  'make a new token in the console and store it: RUNBOOK.md#alarm-token-ending; ' +
  'if tokens live longer here, set API_TOKEN_LIFE';
/** No check where the token is not available: `checkApi` reports that. */
export async function checkTokenLife({ env, clock }: Context): Promise<readonly Check[]> {
  try {
    const { token } = readConfigFor(env, 'api');
    if (token.kind === 'plain') {
      const fix = 'keep it in a secret (COREWEAVE_API_TOKEN_SECRET_ID), or note the date on which it expires';
      return [warning(NAME, 'unknown: COREWEAVE_API_TOKEN has no date', fix)];
    }
    const { storedAt } = await secretReader(token.id)();
    return [toTokenLifeCheck(storedAt, optional(env, V.tokenLife), clock.now())];
  } catch (error) {
    if (error instanceof ConfigError || error instanceof AdapterError) return [];
    throw error;
  }
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
function toTokenLifeCheck(storedAt: number | undefined, lifeMs: number | undefined, now: number): Check {
  if (storedAt === undefined)
    return warning(NAME, 'unknown: the secret has no date', 'note the date on which it expires');
  const stored = `stored on ${dayOf(storedAt)}`;
  if (lifeMs === undefined) return ok(NAME, `${stored}; API_TOKEN_LIFE is not set, so that it does not expire`);
  const days = tokenDaysLeft(storedAt, lifeMs, now);
  if (days < 0) return failed(NAME, `${stored}, it should have expired on ${dayOf(storedAt + lifeMs)}`, ROTATE);
  const detail = `${stored}, ${pluralize(days, 'day')} left`;
  return days < TOKEN_WARNING_DAYS ? warning(NAME, detail, ROTATE) : ok(NAME, detail);
}
