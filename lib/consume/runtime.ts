/** What one Lambda environment keeps from one invocation to the next. */
import type { Ports, Runtime } from '../context.ts';
import type { Api } from '../coreweave/api.ts';
import { createCredentials } from '../coreweave/credentials.ts';
import { createKeyLimits } from '../ledger/key-limits.ts';
import type { Settings } from '../model/settings.ts';

/** Nothing is known yet: of the API's limit and circuit, of counted keys, and of unfinished messages. */
export const createRuntime = (
  ports: Ports & { readonly api: Api },
  settings: Settings,
  processPlan: Runtime['processPlan'],
): Runtime => ({
  ports,
  settings,
  credentials: createCredentials(ports, settings),
  keyLimits: createKeyLimits(ports, settings.keyLimits),
  doneParts: new Map(),
  processPlan,
});
