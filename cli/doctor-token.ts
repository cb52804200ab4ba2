/** How long the API token still lives, for `revoker doctor`: by the day on which its secret was stored. */
import { TOKEN_WARNS_DAYS, tokenDaysLeft } from '../lib/metrics/token-expiry.ts';
import { AdapterError } from '../lib/io/adapter-error.ts';
import { ConfigError, optional } from '../lib/io/config/environment.ts';
import { V } from '../lib/io/config/variables.ts';
import { secretReader } from '../lib/io/secrets.ts';
import type { Context } from './context.ts';
import { type Check, failed, ok, warning } from './doctor/check.ts';
import { counted } from '../terminal/lines.ts';
import { configFor } from './services.ts';

const NAME = 'token life';
const ROTATE =
  'make a new token in the console and store it: RUNBOOK.md#alarm-token-ending; if tokens live longer here, set API_TOKEN_LIFE';

/** Takes the context; resolves with the check. None where there is no token to be had: the check of the token says why. */
export async function tokenLifeChecks({ env, clock }: Context): Promise<readonly Check[]> {
  try {
    const { token } = configFor(env, 'api');
    if (token.kind === 'plain') {
      const mend = 'keep it in a secret (COREWEAVE_API_TOKEN_SECRET_ID), or note the day on which it ends';
      return [warning(NAME, 'not known: COREWEAVE_API_TOKEN bears no date', mend)];
    }
    const { storedAt } = await secretReader(token.id)();
    return [lifeOf(storedAt, optional(env, V.tokenLife), clock.now())];
  } catch (error) {
    if (error instanceof ConfigError || error instanceof AdapterError) return [];
    throw error;
  }
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function lifeOf(storedAt: number | undefined, lifeMs: number | undefined, now: number): Check {
  if (storedAt === undefined)
    return warning(NAME, 'not known: the secret bears no date', 'note the day on which it ends');
  const stored = `stored on ${dayOf(storedAt)}`;
  if (lifeMs === undefined) return ok(NAME, `${stored}; API_TOKEN_LIFE is not set, so that it never ends`);
  const days = tokenDaysLeft(storedAt, lifeMs, now);
  if (days < 0) return failed(NAME, `${stored}, it should have ended on ${dayOf(storedAt + lifeMs)}`, ROTATE);
  const detail = `${stored}, ${counted(days, 'day')} left`;
  return days < TOKEN_WARNS_DAYS ? warning(NAME, detail, ROTATE) : ok(NAME, detail);
}
