/** When an alarm is on: CloudWatch evaluates each minute, in periods that end now ("Alarm evaluation window"). */
import type { Alarm } from './uses.ts';

/** A value that is published at a minute. */
export interface Report {
  readonly minute: number;
  readonly value: number;
}

/** The minutes at which the alarm is on, of those in `during`. */
export const minutesOn = (alarm: Alarm, reports: readonly Report[], during: readonly [first: number, last: number]) =>
  Array.from({ length: during[1] - during[0] + 1 }, (_, n) => during[0] + n).filter((now) => isOn(alarm, reports, now));

/** How often it begins. */
export const beginnings = (minutes: readonly number[]): number =>
  minutes.filter((minute, n) => minutes[n - 1] !== minute - 1).length;

function isOn(alarm: Alarm, reports: readonly Report[], now: number): boolean {
  const { Period = 0, EvaluationPeriods = 0, DatapointsToAlarm = EvaluationPeriods } = alarm;
  const values = Map.groupBy(
    reports.filter(({ minute }) => minute <= now),
    ({ minute }) => Math.floor((now - minute) / (Period / 60)),
  );
  const isBreaching = (n: number): boolean => {
    const points = values.get(n)?.map(({ value }) => value);
    if (points === undefined) return alarm.TreatMissingData === 'breaching';
    const value = alarm.Statistic === 'Sum' ? points.reduce((sum, each) => sum + each, 0) : Math.max(...points);
    return alarm.ComparisonOperator === 'LessThanThreshold' ? value < alarm.Threshold : value >= alarm.Threshold;
  };
  return Array.from({ length: EvaluationPeriods }, (_, n) => n).filter(isBreaching).length >= DatapointsToAlarm;
}
