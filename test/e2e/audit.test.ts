/** What the built function writes into its log group, checked as an export of it would be. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relevantFindings, toVerdict } from '../../cli/audit/findings.ts';
import { extractEvents } from '../../cli/audit/log-export.ts';
import { openIntentFindings } from '../../cli/audit/open-intents.ts';
import { startCheck } from '../../cli/audit/verify.ts';
import { sha256 } from '../support/audit-chains.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { type Stack, startStack } from './stack.ts';

const KEYS = Array.from({ length: 30 }, (_, n) => `CWCHAIN${String(n).padStart(10, '0')}`);

describe('the log of the functions', () => {
  let stack: Stack;
  beforeAll(async () => {
    const seed = KEYS.map((accessKeyId) => ({ accessKeyId, principalName: 'saml/user@example.com' }));
    stack = await startStack({ seed, batchSize: 3 });
  });
  afterAll(() => stack.close());

  it('holds whole chains, each closed by a checkpoint, among the lines of the operational log', async () => {
    await Promise.all([
      ...KEYS.slice(0, 20).map((accessKeyId) =>
        stack.send('urgent', JSON.stringify(keyLeak({ data: { accessKeyId } }))),
      ),
      stack.send('urgent', 'no event'),
      stack.send('bulk', JSON.stringify(offboarded({ time: new Date().toISOString() }))),
    ]);
    await stack.idle();
    const check = startCheck({ sha256 });
    for (const [at, line] of stack.output.entries()) {
      for (const event of extractEvents(line)) check.take(event, { file: 'log', line: at + 1 });
    }
    const { findings, intents, records, chains, closed } = check.end();
    const all = relevantFindings([...findings, ...openIntentFindings(intents)], false);
    expect({ all, verdict: toVerdict(all) }).toEqual({ all: [], verdict: 'intact' });
    expect(chains).toBeGreaterThan(1);
    expect(closed).toBe(chains);
    const checkpoints = stack.output.filter((line) => line.includes('"phase":"checkpoint"'));
    expect(records).toBe(stack.audit.length + checkpoints.length);
    expect(stack.audit.filter(({ status_detail: code }) => code === 'confirmed').length).toBeGreaterThanOrEqual(21);
  });
});
