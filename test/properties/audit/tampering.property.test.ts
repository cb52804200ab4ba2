/** Each kind of tampering is detected, two thousand times, without a false alarm. */
import { describe, expect, it } from 'vitest';
import { relevantFindings, toVerdict } from '../../../cli/audit/findings.ts';
import { openIntentFindings } from '../../../cli/audit/open-intents.ts';
import { type Heads, readHeads, startCheck } from '../../../cli/audit/verify.ts';
import { sha256 } from '../../support/audit-chains.ts';
import { seededChance } from '../../support/seeded-chance.ts';
import { logOf, logsOf } from './logs.ts';
import { FORGERIES, TAMPERINGS } from './tampering.ts';

const MUTATIONS = 2_000;
const LOGS = logsOf(100);

function found(lines: readonly string[], heads?: Heads): string {
  const check = startCheck({ sha256, ...(heads === undefined ? {} : { heads }) });
  for (const [at, line] of lines.entries()) check.take(line, { file: 'log', line: at + 1 });
  const { findings, intents } = check.end();
  return toVerdict(relevantFindings([...findings, ...openIntentFindings(intents)], false));
}

const headsOf = (lines: readonly string[]) =>
  readHeads(
    lines.map((text, at) => ({ file: 'kept', line: at + 1, text })),
    sha256,
  );

describe('a log', () => {
  it('is intact without changes, two thousand times', () => {
    const alarms = Array.from({ length: MUTATIONS }, (_, seed) => found(logOf(seededChance(10_000 + seed)).lines));
    expect(alarms.filter((verdict) => verdict !== 'intact')).toEqual([]);
  });

  it.each(Object.entries(TAMPERINGS))('that was %s is never intact, in two thousand ways', (_, tamper) => {
    const missed = Array.from({ length: MUTATIONS }, (_, n) => {
      const log = LOGS[n % LOGS.length] ?? LOGS[0];
      if (log === undefined) throw new Error('no log');
      const changed = tamper(log, seededChance(n));
      return changed.join('\n') === log.lines.join('\n') || found(changed) === 'intact' ? [n] : [];
    }).flat();
    expect(missed).toEqual([]);
  });

  it.each(Object.entries(FORGERIES))(
    'that was %s shows beside the checkpoints that were kept elsewhere',
    async (_, forge) => {
      const verdicts = await Promise.all(
        LOGS.map(async (log, n) => {
          const heads = await headsOf(log.lines);
          return [found(log.lines, heads), found(forge(log, seededChance(n)), heads)];
        }),
      );
      expect(new Set(verdicts.map(([clean]) => clean))).toEqual(new Set(['intact']));
      expect(new Set(verdicts.map(([, forged]) => forged))).toEqual(new Set(['broken']));
    },
  );
});
