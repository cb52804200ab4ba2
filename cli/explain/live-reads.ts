/** The reads of `explain --live`, which remember the first that failed: pipelines only know that they must retry. */
import type { ApiResponse } from '../../lib/coreweave/api.ts';
import { createCredentials } from '../../lib/coreweave/credentials.ts';
import { explainApiFailure } from '../api-failure.ts';
import { type Context, createTerminalLog } from '../context.ts';
import { explainFailure } from '../explain-failure.ts';
import { CliError, type Failure } from '../failure.ts';
import { withLastResponse } from '../last-response.ts';
import { openApi, openLedger } from '../services.ts';
import type { Reads } from './recording.ts';

/** An organization may have many pages of keys. */
const LISTING_MS = 60_000;
const NO_RESPONSE: ApiResponse = { kind: 'fault', fault: 'connect', latencyMs: 0, sent: false };

export interface LiveReads extends Reads {
  /** What could not be read first; undefined: nothing failed. */
  failure(): CliError | undefined;
}

/** Only reads are taken over: `explain` never holds a port that writes. Throws ConfigError. */
export function openLiveReads({ env, clock, terminal }: Context): LiveReads {
  const { table } = openLedger(env);
  const { api: opened, timeoutMs: apiTimeoutMs } = openApi(env);
  const { api, last } = withLastResponse(opened);
  let failure: CliError | undefined;
  const fail = (what: string, { code, message, next }: Omit<Failure, 'exitCode'>): CliError => {
    failure ??= new CliError({ code, message: `${what} cannot be read: ${message}`, next });
    return failure;
  };
  const ports = { api, clock, log: createTerminalLog(terminal), meter: { add: () => undefined } };
  const credentials = createCredentials(ports, { apiConcurrency: 1, apiTimeoutMs });
  return {
    failure: () => failure,
    table: {
      async get(pk) {
        try {
          return await table.get(pk);
        } catch (error) {
          throw fail('the ledger', await explainFailure(error, env));
        }
      },
    },
    credentials: {
      async keyState(id) {
        const state = await credentials.keyState(id, clock.now() + apiTimeoutMs);
        if (state.kind === 'unreadable') fail('the key', await explainApiFailure(last() ?? NO_RESPONSE, env));
        return state;
      },
      async listKeys() {
        const listing = await credentials.listKeys(clock.now() + LISTING_MS);
        if (listing === undefined) fail('the list of keys', await explainApiFailure(last() ?? NO_RESPONSE, env));
        return listing;
      },
    },
  };
}
