/** How the CPU time of one record is divided: each stage alone, beside the whole. */
import { fileURLToPath } from 'node:url';
import { runModule } from '../client.ts';
import { OURS } from '../contestants.ts';
import { cpuPerRecord } from '../figures.ts';
import { openLab } from '../lab.ts';
import type { Outcome, Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';

/** CPU time per record, in microseconds. */
export interface Stages {
  /** From the SQS record to the event: hash, envelope, schema. */
  readonly parse: number;
  /** From the event to its target. */
  readonly plan: number;
  /** Two records, created and written, without their chain. */
  readonly audit: number;
  /** Two records, linked: canonical form and SHA-256. */
  readonly chain: number;
  /** One call: request, connection, response. */
  readonly call: number;
}

const RECORDS = 1_000;
const CHILD = fileURLToPath(new URL('../children/stages-main.ts', import.meta.url));
const NAMES = ['parse', 'plan', 'audit', 'chain', 'call'] as const;
const MEANING: Readonly<Record<keyof Stages, string>> = {
  parse: 'from the SQS record to the event',
  plan: 'from the event to its target',
  audit: 'two records, made and written',
  chain: 'two records, linked',
  call: 'one call of the API',
};

export const stages: Scenario = {
  name: 'stages',
  title: `Stages: CPU per record in a first batch of ${RECORDS}, µs`,
  async run({ pin, contestants, rounds, step }): Promise<Outcome> {
    const lab = await openLab(pin);
    const [ours] = contestants.find(OURS);
    const taken: Stages[] = [];
    const wholes: number[] = [];
    for (let round = 0, last = rounds(11); round < last; round += 1) {
      const { json } = await runModule(pin, [CHILD, JSON.stringify({ records: RECORDS, url: lab.url })], { env: {} });
      if (json !== undefined) taken.push(JSON.parse(json));
      const sample = ours && (await lab.measure(ours, { batches: [1, RECORDS] }));
      if (sample !== undefined) wholes.push(cpuPerRecord(1)(sample) * 1_000);
      step('stages');
    }
    await lab.close();
    const whole = median(wholes);
    const each = NAMES.map((name) => ({ name, cost: median(taken.map((one) => one[name])), meaning: MEANING[name] }));
    const rest = whole - each.reduce((sum, { cost }) => sum + cost, 0);
    const all = [...each, { name: 'rest', cost: rest, meaning: 'flow between them, log context, promises, garbage' }];
    return {
      rows: [...all, { name: 'whole', cost: whole, meaning: 'the built handler' }].map(({ name, cost, meaning }) => ({
        name,
        µs: cost,
        share: `${((cost / whole) * 100).toFixed(0)} %`,
        meaning,
      })),
      goals: [],
      notes: [
        'Each stage runs alone over all records in one fresh process; ' +
          'the rest is what the whole takes beyond their sum.',
      ],
    };
  },
};
