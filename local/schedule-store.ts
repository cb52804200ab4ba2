/** The schedules of the fake EventBridge Scheduler. It has no clock: the time is a parameter. */
import { type CreateRequest, dueAt } from './schedule-request.ts';

/** Sends a text to the queue of that ARN; rejects if the queue does not accept it. */
export type Deliver = (queueArn: string, body: string) => Promise<void>;

export interface StoredSchedule {
  readonly name: string;
  readonly request: CreateRequest;
  /** Attempts so far. */
  attempts: number;
  completed: boolean;
}

export interface ScheduleStore {
  /**
   * Stores a schedule. A repeated client token is the same request and succeeds. Otherwise false if the name exists.
   */
  create(name: string, request: CreateRequest): boolean;
  get(group: string, name: string): StoredSchedule | undefined;
  /** False if there is none. */
  remove(group: string, name: string): boolean;
  all(): readonly StoredSchedule[];
  fireDue(now: number): Promise<number>;
}

const keyOf = (group: string, name: string): string => `${group}/${name}`;

/** The keywords that AWS replaces in an input (user guide, "Adding context attributes"). */
const withContext = ({ name, request, attempts }: StoredSchedule): string => {
  const context = [
    ['<aws.scheduler.schedule-arn>', `arn:aws:scheduler:us-east-1:000000000000:schedule/${request.GroupName}/${name}`],
    ['<aws.scheduler.scheduled-time>', `${request.ScheduleExpression.slice(3, -1)}Z`],
    ['<aws.scheduler.execution-id>', `execution-${name}-${attempts}`],
    ['<aws.scheduler.attempt-number>', String(attempts)],
  ] as const;
  return context.reduce((input, [keyword, value]) => input.replaceAll(keyword, value), request.Target.Input);
};

const isSpent = ({ request, attempts }: StoredSchedule, now: number): boolean => {
  const { MaximumEventAgeInSeconds: maxAge, MaximumRetryAttempts: maxRetries } = request.Target.RetryPolicy;
  return attempts > maxRetries || now - (dueAt(request.ScheduleExpression) ?? 0) >= maxAge * 1_000;
};

/**
 * Attempts one schedule once. True: the target accepted it. If it refuses, the next firing retries until the retry
 * policy is exhausted; then the dead-letter queue gets the input.
 */
const fire = async (schedule: StoredSchedule, now: number, deliver: Deliver): Promise<boolean> => {
  const { Arn: target, DeadLetterConfig: deadLetters } = schedule.request.Target;
  schedule.attempts += 1;
  try {
    await deliver(target, withContext(schedule));
    schedule.completed = true;
    return true;
  } catch {
    if (!isSpent(schedule, now)) return false;
    await deliver(deadLetters.Arn, withContext(schedule));
    schedule.completed = true;
    return false;
  }
};

export const scheduleStore = (deliver: Deliver): ScheduleStore => {
  const schedules = new Map<string, StoredSchedule>();
  const firing = new Set<StoredSchedule>();

  const fireOne = async (schedule: StoredSchedule, now: number): Promise<boolean> => {
    firing.add(schedule);
    try {
      return await fire(schedule, now, deliver);
    } finally {
      firing.delete(schedule);
      const key = keyOf(schedule.request.GroupName, schedule.name);
      const isOver = schedule.completed && schedule.request.ActionAfterCompletion === 'DELETE';
      if (isOver && schedules.get(key) === schedule) schedules.delete(key);
    }
  };

  return {
    create(name, request) {
      const key = keyOf(request.GroupName, name);
      const stored = schedules.get(key);
      if (stored !== undefined) return stored.request.ClientToken === request.ClientToken;
      schedules.set(key, { name, request, attempts: 0, completed: false });
      return true;
    },
    get: (group, name) => schedules.get(keyOf(group, name)),
    remove: (group, name) => schedules.delete(keyOf(group, name)),
    all: () => [...schedules.values()],
    async fireDue(now) {
      const isDue = (schedule: StoredSchedule): boolean =>
        !schedule.completed && !firing.has(schedule) && (dueAt(schedule.request.ScheduleExpression) ?? Infinity) <= now;
      const fired = await Promise.all([...schedules.values()].filter(isDue).map((schedule) => fireOne(schedule, now)));
      return fired.filter((wasDelivered) => wasDelivered).length;
    },
  };
};
