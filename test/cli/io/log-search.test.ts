import { describe, expect, it } from 'vitest';
import { createLogSearch } from '../../../cli/io/log-search.ts';
import type { Clock } from '../../../lib/ports.ts';
import { type LogsStub, logsStub } from '../../support/logs-stub.ts';
import { loopback } from '../../support/loopback.ts';

const GROUPS = ['/aws/lambda/stack-revokeUrgent', '/aws/lambda/stack-replay'];
const RANGE = { groups: GROUPS, since: 1_000_500, until: 2_000_500 };

async function searchIn(stub: LogsStub) {
  const waits: number[] = [];
  const clock: Clock = { now: () => 0, sleep: async (ms) => void waits.push(ms) };
  const { url, seen } = await loopback(logsStub(stub));
  const logs = createLogSearch(
    { clock },
    {
      endpoint: url.href,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    },
  );
  const bodies = () => seen.map(({ body }) => JSON.parse(body));
  return { logs, bodies, waits };
}

describe('query', () => {
  it('starts an Insights query over whole seconds, and waits for its results', async () => {
    const { logs, bodies, waits } = await searchIn({ old: ['a', 'b'], statuses: ['Scheduled', 'Running'] });
    expect(await logs.query('fields @message', RANGE)).toEqual({ texts: ['a', 'b'], complete: true });
    expect(bodies()).toEqual([
      { logGroupNames: GROUPS, startTime: 1_000, endTime: 2_001, queryString: 'fields @message' },
      ...Array(3).fill({ queryId: 'q-1' }),
    ]);
    expect(waits).toEqual([500, 500]);
  });

  it('says that there are more where Insights returns as many as it can', async () => {
    const { logs } = await searchIn({ old: Array(10_000).fill('x') });
    expect(await logs.query('fields @message', RANGE)).toMatchObject({ complete: false });
  });

  it('gives up after a minute', async () => {
    const { logs, waits } = await searchIn({ ends: 'Running' });
    await expect(logs.query('x', RANGE)).rejects.toMatchObject({
      code: 'logs-unavailable',
      detail: 'query still running',
    });
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(60_000);
  });

  it('rejects when the query failed', async () => {
    const { logs } = await searchIn({ ends: 'Failed' });
    await expect(logs.query('x', RANGE)).rejects.toMatchObject({ detail: 'query failed' });
  });
});

describe('filter', () => {
  it('reads every page of every log group', async () => {
    const { logs, bodies } = await searchIn({ recent: ['a', 'b', 'c'] });
    expect(await logs.filter('"x"', RANGE)).toEqual({ texts: ['a', 'b', 'c'], complete: true });
    const asked = { filterPattern: '"x"', startTime: RANGE.since, endTime: RANGE.until };
    expect(bodies()).toEqual([
      { ...asked, logGroupName: GROUPS[0] },
      { ...asked, logGroupName: GROUPS[0], nextToken: '1' },
      { ...asked, logGroupName: GROUPS[0], nextToken: '2' },
      { ...asked, logGroupName: GROUPS[1] },
    ]);
  });

  it('stops after 50 pages of a group, and says that there are more', async () => {
    const { logs, bodies } = await searchIn({ recent: Array(60).fill('x') });
    expect(await logs.filter('"x"', RANGE)).toMatchObject({ complete: false });
    expect(bodies()).toHaveLength(51);
  });
});

it.each(['query', 'filter'] as const)('%s rejects with the name of the error, and nothing else of it', async (call) => {
  const { logs } = await searchIn({ refusal: 'AccessDeniedException' });
  const failure = await logs[call]('x', RANGE).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'logs-unavailable', detail: 'AccessDeniedException' });
  expect(String(failure)).not.toContain('said by AWS');
});
