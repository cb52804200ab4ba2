/** CommonJS and ES modules: the cold start of the product built both ways. */
import { coldRow, coldRuns } from '../cold-runs.ts';
import { COMMON_JS, OURS, TWIN } from '../contestants.ts';
import { coldMs, compareWithTwin, formatRatio } from '../figures.ts';
import type { Scenario } from '../scenario.ts';

export const format: Scenario = {
  name: 'format',
  title: 'ES module against CommonJS: import of the bundle and the first revocation, ms',
  async run(bench) {
    const all = await coldRuns(bench, [OURS, TWIN, COMMON_JS]);
    return {
      rows: all.map((series) =>
        coldRow(series, { [`× ${OURS}`]: formatRatio(all, series.contestant.name, OURS, coldMs) }),
      ),
      goals: [],
      twin: compareWithTwin(all, coldMs),
      notes: ['Both by esbuild, minified; in CommonJS each SDK that is loaded lazily is a file of its own.'],
    };
  },
};
