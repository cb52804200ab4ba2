/** Alarms on what happens daily, as CloudWatch evaluates them while that is earlier and later. */
import { beforeAll, expect, it } from 'vitest';
import { type PackagedService, packageOnce } from './packaged.ts';
import { resolveTemplate } from './resolve.ts';
import { beginnings, minutesOn, type Report } from './sliding.ts';
import type { Alarm } from './uses.ts';

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

const DAY = 24 * 60;
/** What each day's run reports, with the minutes that it is late. */
const daily = (...days: readonly (readonly [value: number, late: number])[]): readonly Report[] =>
  days.map(([value, late], day) => ({ value, minute: day * DAY + late }));

const alarmOf = (id: string, parameters: Readonly<Record<string, string>> = {}): Alarm => {
  const alarm = resolveTemplate(service.template, parameters).resources[id]?.Properties;
  if (alarm === undefined) throw new Error(`expected ${id}`);
  return alarm as unknown as Alarm;
};

it('attestation-missing: silent if each day has an attestation, on within 26 hours of the last one', () => {
  const alarm = alarmOf('AttestationMissingAlarm');
  expect(minutesOn(alarm, daily([1, 0], [1, 9], [1, 2], [1, 15]), [10, 4 * DAY])).toEqual([]);
  expect(minutesOn(alarm, daily([1, 0]), [0, 2 * DAY])[0]).toBe(26 * 60);
});

it('self-check: one alarm while each run has a finding, and its end after a day without', () => {
  const alarm = alarmOf('SelfCheckAlarm');
  const on = minutesOn(alarm, daily([1, 0], [1, 9], [2, 2], [0, 15], [0, 3]), [0, 5 * DAY]);
  expect([on[0], beginnings(on), on.at(-1)]).toEqual([0, 1, 2 * DAY + 2 + 26 * 60 - 1]);
});

it('token-ending: one alarm if only the daily run loads the token, and its end 26 hours after a new one', () => {
  const alarm = alarmOf('TokenEndingAlarm');
  const on = minutesOn(alarm, daily([6, 0], [5, 9], [4, 2], [3, 15], [30, 3]), [0, 6 * DAY]);
  expect([on[0], beginnings(on), on.at(-1)]).toEqual([0, 1, 3 * DAY + 15 + 26 * 60 - 1]);
});

it('standing-keys: one alarm from the second run that found some, none after one', () => {
  const alarm = alarmOf('StandingKeysAlarm');
  const on = minutesOn(alarm, daily([3, 0], [3, 9], [1, 2], [1, 15]), [0, 4 * DAY]);
  expect([on[0], beginnings(on), on.at(-1)]).toEqual([DAY + 9, 1, 4 * DAY]);
  expect(minutesOn(alarm, daily([3, 0], [0, 9], [0, 2]), [0, 4 * DAY])).toEqual([]);
});

it.each([
  ['QuietSourceAlarm', { QuietSource: '//hr.example' }],
  ['QuietIssuerAlarm', { QuietIssuer: 'idp' }],
])('%s: silent by default if there is one report a day', (id, parameters) => {
  const { EvaluationPeriods, Threshold, ...alarm } = alarmOf(id, parameters);
  const numbers = { EvaluationPeriods: Number(EvaluationPeriods), Threshold: Number(Threshold) };
  const reports = daily([1, 0], [1, 9], [1, 2], [1, 15]);
  expect(minutesOn({ ...alarm, ...numbers }, reports, [2 * DAY, 4 * DAY])).toEqual([]);
});
