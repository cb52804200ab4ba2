/** What `revoker doctor` asks of the CoreWeave API: whether the token is valid, what it may do, and what time it is there. */
import { verdictOf } from '../../lib/coreweave/access-key.ts';
import { ConfigError } from '../../lib/io/config/environment.ts';
import { apiFailureOf } from '../revoke/api-failure.ts';
import type { Context } from '../context.ts';
import { type Check, failed, ok, warning } from './check.ts';
import { apiOf } from '../services.ts';

/** The calls that the product makes (API reference, permissions). */
const ACTIONS = [
  'cwobject:RevokeAccessKeyByAccessKey',
  'cwobject:RevokeAccessKeysByPrincipal',
  'cwobject:ListAccessKeyInfo',
  'cwobject:GetAccessKeyInfo',
];

/** AWS refuses signatures that are 5 minutes off, and events may be 10 minutes ahead. The header has whole seconds. */
const SKEW_WARNS_MS = 30_000;
const SKEW_FAILS_MS = 300_000;

/** Takes the context; resolves with the checks. What cannot be asked fails. */
export async function apiChecks({ env, clock }: Context): Promise<readonly Check[]> {
  let door: ReturnType<typeof apiOf>;
  try {
    door = apiOf(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [failed('API token', 'the token or the URL of the API is missing or wrong', 'mend the configuration first')];
  }
  const { api, timeoutMs, host } = door;
  const answers = await Promise.all(
    ACTIONS.map(async (action) => ({ action, observed: await api.send({ call: 'can-i', action }, timeoutMs) })),
  );
  const [first] = answers;
  if (first === undefined) return [];
  const { observed } = first;
  const asked = answers.find((each) => verdictOf(each.observed) === undefined);
  if (asked !== undefined) {
    const { message, next } = apiFailureOf(asked.observed);
    return [failed('API token', `${host}: ${message}`, next), ...skewOf(observed, clock.now())];
  }
  const denied = answers.filter((each) => verdictOf(each.observed) === false).map(({ action }) => action);
  return [
    ok('API token', `valid at ${host}`),
    denied.length === 0
      ? ok('permissions', `all ${ACTIONS.length} of them`)
      : failed(
          'permissions',
          `denied: ${denied.join(', ')}`,
          "allow them on * in an organisation access policy, or give the token's owner Object Storage Admin",
        ),
    ...skewOf(observed, clock.now()),
  ];
}

function skewOf(observed: Awaited<ReturnType<ReturnType<typeof apiOf>['api']['send']>>, now: number): readonly Check[] {
  const there = observed.kind === 'answer' && observed.date !== undefined ? Date.parse(observed.date) : Number.NaN;
  if (Number.isNaN(there)) return [];
  const skew = now - there;
  const seconds = Math.round(Math.abs(skew) / 1_000);
  const detail = seconds <= 1 ? 'as the API has it' : `${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the API's`;
  const mend = 'set the clock of this machine by NTP';
  if (Math.abs(skew) > SKEW_FAILS_MS) return [failed('clock', detail, mend)];
  return [Math.abs(skew) > SKEW_WARNS_MS ? warning('clock', detail, mend) : ok('clock', detail)];
}
