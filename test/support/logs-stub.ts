/**
 * A stub of the calls of CloudWatch Logs that the CLI makes: StartQuery, GetQueryResults and FilterLogEvents (API
 * reference, JSON 1.1). It does not evaluate queries.
 */
import { type Answer, json } from './loopback.ts';

export interface LogsStub {
  /** Texts that an Insights query finds. */
  readonly old?: readonly string[];
  /** Texts that FilterLogEvents finds, a page for each. */
  readonly recent?: readonly string[];
  /** Answers of GetQueryResults before the last one. */
  readonly statuses?: readonly string[];
  /** In place of the last answer. */
  readonly ends?: string;
  /** Name of the error with which each call is refused. */
  readonly refusal?: string;
}

export function logsStub({ old = [], recent = [], statuses = [], ends = 'Complete', refusal }: LogsStub = {}): Answer {
  const left = [...statuses];
  return (response, seen, request) => {
    const [, operation] = String(seen.headers['x-amz-target']).split('.');
    const body: Readonly<Record<string, unknown>> = JSON.parse(seen.body);
    const answer = (): unknown => {
      if (operation === 'StartQuery') return { queryId: 'q-1' };
      if (operation === 'FilterLogEvents') {
        // The other log groups hold nothing.
        const page = Number(body.nextToken ?? 0);
        const texts = String(body.logGroupName).endsWith('-revokeUrgent') ? recent : [];
        const more = page + 1 < texts.length ? { nextToken: String(page + 1) } : {};
        return { events: texts.slice(page, page + 1).map((message) => ({ message })), ...more };
      }
      const status = left.shift();
      if (status !== undefined) return { status, results: [] };
      return {
        status: ends,
        results: old.map((value) => [
          { field: '@message', value },
          { field: '@ptr', value: 'x' },
        ]),
      };
    };
    if (refusal !== undefined) json(400, { __type: refusal, message: 'said by AWS' })(response, seen, request);
    else json(200, answer())(response, seen, request);
  };
}
