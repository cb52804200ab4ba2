/** The cold start of the webhook endpoint, and what sources that are not set up have of it. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { INGEST_BUNDLE } from '../../local/variables.ts';
import { bundleSourceless } from '../bundles.ts';
import { runModule } from '../client.ts';
import { handlerVariables } from '../lab.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { drawOrder, median } from '../statistics.ts';

const ROUNDS = 21;
const CHILD = fileURLToPath(new URL('../children/ingest.mjs', import.meta.url));

const WEBHOOKS = JSON.stringify({
  hr: {
    secret: 'hooks/hr',
    proof: { kind: 'header', header: 'x-token' },
    when: { offboarded: { at: '/status', in: ['inactive'] } },
    person: { email: '/email' },
  },
});
const SSF_ISSUERS = JSON.stringify({ idp: { issuer: 'https://idp.example', audience: 'https://hooks.example' } });

interface Start {
  readonly loadMs: number;
  readonly coldMs: number;
  readonly cpuMs: number;
  readonly statusCode: number;
}

interface Series {
  readonly name: string;
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly starts: Start[];
}

const [NONE_SET_UP, TWIN, NONE_THERE, SET_UP] = [
  'none set up',
  'none set up (twin)',
  'without their code',
  'a webhook and an issuer set up',
];

export const ingest: Scenario = {
  name: 'ingest',
  title: 'Webhook endpoint: import of the bundle and the first answer, ms',
  async run(bench) {
    const sourceless = await bundleSourceless(join(bench.folder, 'sourceless'));
    const all: readonly Series[] = [
      { name: NONE_SET_UP, bundle: INGEST_BUNDLE, env: {}, starts: [] },
      { name: TWIN, bundle: INGEST_BUNDLE, env: {}, starts: [] },
      { name: NONE_THERE, bundle: sourceless.path, env: {}, starts: [] },
      { name: SET_UP, bundle: INGEST_BUNDLE, env: { WEBHOOKS, SSF_ISSUERS }, starts: [] },
    ];
    await measure(bench, all);
    return {
      rows: all.map((series) => ({
        name: series.name,
        import: median(series.starts.map(({ loadMs }) => loadMs)),
        'to first answer': median(series.starts.map(({ coldMs }) => coldMs)),
        'CPU ms': median(series.starts.map(({ cpuMs }) => cpuMs)),
        [`more CPU ms than ${NONE_THERE}`]: moreThan(all, series.name, NONE_THERE),
      })),
      goals: [
        {
          figure: 'ingest: CPU ms of sources that are not set up',
          bound: { most: 5 },
          value: moreThan(all, NONE_SET_UP, NONE_THERE),
        },
      ],
      twin: median(inRounds(all, NONE_SET_UP, TWIN).map(([one, other]) => one / other)),
      notes: [
        `The request is for a source that is not set up. Differences are medians of the differences in each round.`,
        `${NONE_THERE}: the bundle with all sources, webhooks and issuers taken out, made for this table.`,
      ],
    };
  },
};

const cpuOf = (all: readonly Series[], wanted: string): readonly number[] =>
  all.find(({ name }) => name === wanted)?.starts.map(({ cpuMs }) => cpuMs) ?? [];

/** The CPU times of two in each round. */
function inRounds(all: readonly Series[], name: string, base: string): readonly (readonly [number, number])[] {
  const other = cpuOf(all, base);
  return cpuOf(all, name).map((cpuMs, round) => [cpuMs, other[round] ?? Number.NaN]);
}

const moreThan = (all: readonly Series[], name: string, base: string): number =>
  median(inRounds(all, name, base).map(([one, other]) => one - other));

async function measure({ pin, rounds, step }: Bench, all: readonly Series[]): Promise<void> {
  const variables = handlerVariables('http://127.0.0.1:9');
  for (let round = 0; round < rounds(ROUNDS); round += 1) {
    for (const series of drawOrder(all, round)) {
      const args = [CHILD, pathToFileURL(series.bundle).href];
      const { json } = await runModule(pin, args, { env: { ...variables, ...series.env } });
      const start: Start | undefined = json === undefined ? undefined : JSON.parse(json);
      if (start?.statusCode !== 404) throw new Error(`${series.name}: expected the status 404`);
      series.starts.push(start);
      step(series.name);
    }
  }
}
