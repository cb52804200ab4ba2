/** CommonJS against ES modules: the product's bundle built both ways, cold. */
import { COMMON_JS, OURS, TWIN } from '../contestants.ts';
import { coldCpuMs, coldMs, failedText, loadMs, medianOf, ratioText, twinOf } from '../figures.ts';
import { interleaved, openLab } from '../lab.ts';
import type { Scenario } from '../scenario.ts';

export const format: Scenario = {
  name: 'format',
  title: 'ES module against CommonJS: import of the bundle and the first revocation, ms',
  async run({ pin, field, rounds, step }) {
    const lab = await openLab(pin);
    const all = await interleaved(field.find(OURS, TWIN, COMMON_JS), { rounds: rounds(21), step }, (contestant) =>
      lab.measure(contestant, { batches: [1] }),
    );
    await lab.close();
    return {
      rows: all.map((series) => ({
        name: series.contestant.name,
        import: medianOf(series, loadMs),
        'to first answer': medianOf(series, coldMs),
        'CPU ms': medianOf(series, coldCpuMs),
        'RSS MB': medianOf(series, ({ maxRssMb }) => maxRssMb),
        [`× ${OURS}`]: ratioText(all, series.contestant.name, OURS, coldMs),
        failed: failedText(series),
      })),
      goals: [],
      twin: twinOf(all, coldMs),
      notes: ['Both by esbuild, minified; in CommonJS each SDK that is loaded lazily is a file of its own.'],
    };
  },
};
