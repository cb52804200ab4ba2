/** CloudWatch Logs for operators: searches the log groups of the functions. */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { createSdkClient, type SdkOverrides, sdkErrorName } from '../../lib/io/aws/sdk.ts';
import { once } from '../../lib/io/deferred.ts';
import type { Clock } from '../../lib/ports.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';

/** `since` and `until` in epoch ms. */
export interface LogRange {
  readonly groups: readonly string[];
  readonly since: number;
  readonly until: number;
}

export interface FoundLogs {
  readonly texts: readonly string[];
  /** False: there are more. */
  readonly complete: boolean;
}

/** Both reject with AdapterError `logs-unavailable`, whose detail is the name of the error (`AccessDenied`). */
export interface LogSearch {
  /** Runs an Insights query that returns `@message`. */
  query(insights: string, range: LogRange): Promise<FoundLogs>;
  /** Runs FilterLogEvents, which also finds what Insights does not have yet. Meant for a range of minutes. */
  filter(pattern: string, range: LogRange): Promise<FoundLogs>;
}

/** Insights gives up after an hour; an operator sooner. */
const MAX_POLLS = 120;
const POLL_MS = 500;
const MAX_PAGES = 50;
/** Of an Insights query. (CloudWatch Logs API reference, StartQuery) */
const MAX_RESULTS = 10_000;

type Sdk = typeof import('@aws-sdk/client-cloudwatch-logs') & { readonly client: CloudWatchLogsClient };

/** The SDK is loaded at the first call. */
export function createLogSearch({ clock }: { readonly clock: Clock }, overrides: SdkOverrides = {}): LogSearch {
  const connection = once(() => connect(overrides));
  const withSdk = async (work: (sdk: Sdk) => Promise<FoundLogs>): Promise<FoundLogs> => {
    try {
      return await work(await connection());
    } catch (error) {
      throw error instanceof AdapterError ? error : new AdapterError('logs-unavailable', sdkErrorName(error));
    }
  };
  return {
    query: (insights, range) => withSdk((sdk) => runQuery(sdk, clock, insights, range)),
    filter: (pattern, range) => withSdk((sdk) => filterEvents(sdk, pattern, range)),
  };
}

async function connect(overrides: SdkOverrides): Promise<Sdk> {
  const sdk = await import('@aws-sdk/client-cloudwatch-logs');
  const client = await createSdkClient((settings) => new sdk.CloudWatchLogsClient(settings), overrides);
  return { ...sdk, client };
}

async function runQuery(
  { client, StartQueryCommand, GetQueryResultsCommand }: Sdk,
  clock: Clock,
  queryString: string,
  { groups, since, until }: LogRange,
): Promise<FoundLogs> {
  const { queryId } = await client.send(
    new StartQueryCommand({
      logGroupNames: [...groups],
      startTime: Math.floor(since / 1_000),
      endTime: Math.ceil(until / 1_000),
      queryString,
    }),
  );
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    const { status, results = [] } = await client.send(new GetQueryResultsCommand({ queryId }));
    if (status === 'Complete') {
      const fields = results.flat().filter(({ field }) => field === '@message');
      return { texts: fields.map(({ value = '' }) => value), complete: results.length < MAX_RESULTS };
    }
    if (status !== 'Scheduled' && status !== 'Running')
      throw new AdapterError('logs-unavailable', `query ${String(status).toLowerCase()}`);
    await clock.sleep(POLL_MS);
  }
  throw new AdapterError('logs-unavailable', 'query still running');
}

async function filterEvents(
  { client, FilterLogEventsCommand }: Sdk,
  filterPattern: string,
  { groups, since, until }: LogRange,
): Promise<FoundLogs> {
  const texts: string[] = [];
  let complete = true;
  for (const logGroupName of groups) {
    let nextToken: string | undefined;
    let page = 0;
    do {
      const found = await client.send(
        new FilterLogEventsCommand({ logGroupName, filterPattern, startTime: since, endTime: until, nextToken }),
      );
      texts.push(...(found.events ?? []).map(({ message = '' }) => message));
      nextToken = found.nextToken;
      page += 1;
    } while (nextToken !== undefined && page < MAX_PAGES);
    complete &&= nextToken === undefined;
  }
  return { texts, complete };
}
