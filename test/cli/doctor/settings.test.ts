import { describe, expect, it } from 'vitest';
import type { Context } from '../../../cli/context.ts';
import { checkSettings } from '../../../cli/doctor/settings.ts';
import type { LogRange, LogSearch } from '../../../cli/io/log-search.ts';
import { readGuardSettings } from '../../../cli/services.ts';
import { fieldsOf } from '../../../events/shapes.ts';
import { systemChance } from '../../../lib/io/node.ts';
import { asciiJson, type JsonInput } from '../../../lib/model/json.ts';
import { AdapterError } from '../../../lib/runtime/adapter-error.ts';
import { factsOf, KEY_EVENT, KEY_TARGET, writtenRecord } from '../../support/audit-facts.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

const [NOW, MINUTE, DAY] = [Date.parse('2026-11-23T12:00:00Z'), 60_000, 86_400_000];
const env = { MODE: 'dry-run', REVOKER_LOG_GROUPS: '/a-revokeUrgent,/a-ingest,/a-replay' };
const OWN = readGuardSettings(env).configHash;

/** As the function writes it, with this hash. */
function recordOf(config_hash: string): string {
  const record = writtenRecord(factsOf({ phase: 'note', name: 'Duplicate', target: KEY_TARGET }, KEY_EVENT));
  return asciiJson({ ...record, unmapped: { ...fieldsOf(record.unmapped), policy: { config_hash } } } as JsonInput);
}

async function check(hashes: readonly string[] | AdapterError, settingsChangedAt?: number) {
  const ranges: LogRange[] = [];
  const logs: LogSearch = {
    filter: async () => ({ texts: [], complete: true }),
    query: async (_, range) => {
      ranges.push(range);
      if (hashes instanceof AdapterError) throw hashes;
      return { texts: hashes.map(recordOf), complete: true };
    },
  };
  const clock = { now: () => NOW, sleep: async () => undefined };
  const context: Context = {
    terminal: fakeTerminal(),
    env,
    optionWords: '',
    json: false,
    clock,
    chance: systemChance,
    ...(settingsChangedAt === undefined ? {} : { settingsChangedAt }),
  };
  return { checks: (await checkSettings(context, logs)).map(({ state, detail }) => [state, detail]), ranges };
}

describe('checkSettings', () => {
  it('says that the functions use the stored settings', async () => {
    const { checks, ranges } = await check([OWN, OWN], NOW - DAY);
    expect(checks).toEqual([['ok', 'those of the stack, and of its functions']]);
    expect(ranges).toEqual([{ groups: ['/a-revokeUrgent', '/a-replay'], since: NOW - DAY + 15 * MINUTE, until: NOW }]);
  });

  it('fails for one record with another hash', async () => {
    const { checks } = await check([OWN, 'f'.repeat(64)], NOW - 100 * DAY);
    expect(checks).toEqual([['failed', expect.stringContaining('the functions use others')]]);
  });

  it.each([
    ['there is no record yet', [], NOW - DAY],
    ['the deployment is not over', ['f'.repeat(64)], NOW - MINUTE],
  ])('has nothing to compare where %s', async (_, hashes, changedAt) => {
    expect((await check(hashes, changedAt)).checks).toEqual([
      ['ok', 'those of the stack; no audit record since their last change to compare them with'],
    ]);
  });

  it('warns where the log groups cannot be searched', async () => {
    const { checks } = await check(new AdapterError('logs-unavailable', 'AccessDenied'), NOW - DAY);
    expect(checks).toEqual([
      ['warning', expect.stringContaining('lack a permission for CloudWatch Logs (AccessDenied)')],
    ]);
  });

  it('is left out without a stack', async () => {
    expect(await check([OWN])).toEqual({ checks: [], ranges: [] });
  });
});
