import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { emfDocuments } from '../../../lib/metrics/emf.ts';
import { type Datum, METRICS, type MetricName } from '../../../lib/metrics/metrics.ts';
import { asciiJson } from '../../../lib/model/json.ts';

const NOW = 1_795_426_200_000;
const isName = (name: string): name is MetricName => Object.hasOwn(METRICS, name);
const NAMES = Object.keys(METRICS).filter(isName);

interface Document {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [key: string]: unknown;
}

const documents = (data: readonly Datum[]): readonly Document[] =>
  JSON.parse(JSON.stringify(emfDocuments(data, 'svc', NOW)));

/** As CloudWatch reads documents: the values of each metric by its dimensions. */
function published(data: readonly Datum[]): ReadonlyMap<string, readonly number[]> {
  const read = new Map<string, number[]>();
  for (const document of documents(data)) {
    for (const { Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
      for (const { Name } of Metrics) {
        for (const set of Dimensions) {
          const key = JSON.stringify([Name, ...set.map((dimension) => [dimension, document[dimension]])]);
          read.set(key, [...(read.get(key) ?? []), ...[document[Name]].flat().map(Number)]);
        }
      }
    }
  }
  return read;
}

test('nothing measured is no line', () => {
  expect(emfDocuments([], 'svc', NOW)).toEqual([]);
});

test('what differs in no label shares a document, counts summed, durations one by one, the oldest alone', () => {
  const lane = { Lane: 'urgent' };
  const seen = { Lane: 'urgent', Outcome: 'confirmed', Source: 'other' };
  expect(
    documents([
      { name: 'Outcomes', value: 1, labels: seen },
      { name: 'TimeToRevoke', value: 900, labels: lane },
      { name: 'Outcomes', value: 1, labels: seen },
      { name: 'TimeToRevoke', value: 700, labels: lane },
      { name: 'OldestUnconfirmed', value: 3, labels: lane },
      { name: 'OldestUnconfirmed', value: 9, labels: lane },
      { name: 'OldestUnconfirmed', value: 4, labels: lane },
    ]),
  ).toEqual([
    {
      _aws: {
        Timestamp: NOW,
        CloudWatchMetrics: [
          {
            Namespace: 'CoreweaveRevocation',
            Dimensions: [
              ['Service', 'Lane', 'Outcome'],
              ['Service', 'Source'],
            ],
            Metrics: [{ Name: 'Outcomes', Unit: 'Count' }],
          },
          {
            Namespace: 'CoreweaveRevocation',
            Dimensions: [['Service', 'Lane']],
            Metrics: [{ Name: 'TimeToRevoke', Unit: 'Milliseconds' }],
          },
          {
            Namespace: 'CoreweaveRevocation',
            Dimensions: [['Service', 'Lane']],
            Metrics: [{ Name: 'OldestUnconfirmed', Unit: 'Milliseconds' }],
          },
        ],
      },
      Service: 'svc',
      Lane: 'urgent',
      Outcome: 'confirmed',
      Source: 'other',
      Outcomes: 2,
      TimeToRevoke: [900, 700],
      OldestUnconfirmed: 9,
    },
  ]);
});

test('of days left the fewest remain, below nothing too', () => {
  const left = [4, -2, 9].map((value): Datum => ({ name: 'TokenDaysLeft', value, labels: {} }));
  expect(published(left)).toEqual(new Map([['["TokenDaysLeft",["Service","svc"]]', [-2]]]));
});

test('a document takes what has more labels than it had', () => {
  const labels = { Lane: 'urgent', Outcome: 'confirmed', Source: 'other' };
  expect(
    documents([
      { name: 'TimeToRevoke', value: 900, labels: { Lane: 'urgent' } },
      { name: 'Outcomes', value: 1, labels },
    ]),
  ).toMatchObject([{ ...labels, TimeToRevoke: 900, Outcomes: 1 }]);
});

test('what differs in a label stands in another document', () => {
  const data = (['invalid', 'oversize', 'invalid'] as const).map(
    (reason): Datum => ({ name: 'DeadLetters', value: 1, labels: { Reason: reason } }),
  );
  expect(documents(data)).toMatchObject([
    { Reason: 'invalid', DeadLetters: 2 },
    { Reason: 'oversize', DeadLetters: 1 },
  ]);
  expect(published(data).get('["DeadLetters",["Service","svc"]]')).toEqual([2, 1]);
});

const datum: fc.Arbitrary<Datum> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    value: fc.nat(1_000_000),
    word: fc.constantFrom('a', 'b', 'é'.repeat(400)),
  })
  .map(({ name, value, word }) => ({
    name,
    value,
    labels: Object.fromEntries(METRICS[name].sets.flat().map((label) => [label, word])),
  }));

test('whatever is measured is published whole, in documents that CloudWatch takes', async () => {
  await fc.assert(
    fc.property(fc.array(datum, { maxLength: 600 }), (data) => {
      const expected = new Map<string, number[]>();
      for (const { name, value, labels } of data) {
        for (const set of METRICS[name].sets as readonly (readonly (keyof typeof labels)[])[]) {
          const key = JSON.stringify([name, ['Service', 'svc'], ...set.map((label) => [label, labels[label]])]);
          expected.set(key, [...(expected.get(key) ?? []), value]);
        }
      }
      const read = published(data);
      expect([...read.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
      for (const [key, values] of expected) {
        const { aggregation } = METRICS[JSON.parse(key)[0] as MetricName];
        const got = read.get(key) ?? [];
        const sum = (list: readonly number[]) => list.reduce((total, each) => total + each, 0);
        if (aggregation === 'sum') expect(sum(got)).toBe(sum(values));
        if (aggregation === 'each') expect(got.toSorted()).toEqual(values.toSorted());
        if (aggregation === 'max') expect(Math.max(...got)).toBe(Math.max(...values));
        if (aggregation === 'min') expect(Math.min(...got)).toBe(Math.min(...values));
      }
      for (const document of documents(data)) {
        expect(asciiJson(JSON.parse(JSON.stringify(document))).length).toBeLessThan(256 * 1_024);
        expect(document._aws.CloudWatchMetrics.length).toBeLessThanOrEqual(100);
        expect(Object.values(document).every((value) => !Array.isArray(value) || value.length <= 100)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test('ten thousand proven leaks of one batch are a hundred values a document', () => {
  const data = Array.from(
    { length: 10_000 },
    (_, n): Datum => ({ name: 'TimeToRevoke', value: n, labels: { Lane: 'urgent' } }),
  );
  const lists = documents(data).map(({ TimeToRevoke }) => [TimeToRevoke].flat());
  expect(lists.map(({ length }) => length)).toEqual(new Array(100).fill(100));
  expect(lists.flat()).toEqual(data.map(({ value }) => value));
});
