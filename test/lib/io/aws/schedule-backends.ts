/** The two sets of schedules that the cases of the `Schedules` port run against, so that the fake cannot be kinder. */
import { afterEach } from 'vitest';
import { createSchedules, type SchedulesOptions } from '../../../../lib/io/aws/scheduler.ts';
import type { Schedules } from '../../../../lib/ports.ts';
import { type SchedulerServer, startSchedulerServer } from '../../../../local/scheduler-server.ts';
import { memorySchedules } from '../../../support/memory-schedules.ts';

export const DUE = Date.UTC(2026, 10, 30, 17, 0);
export const BODY = JSON.stringify({ type: 'user.offboarded.v1', id: 'offboarding-7' });
export const ARNS = {
  roleArn: 'arn:aws:iam::000000000000:role/revoker/scheduler',
  queueArn: 'arn:aws:sqs:us-east-1:000000000000:bulk',
  deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:dead-letters',
};
export const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

export interface Backend {
  readonly schedules: Schedules;
  readonly fireDue: (now: number) => Promise<number>;
  readonly names: () => readonly string[];
  /** What reached the target so far. */
  readonly delivered: unknown[];
}
export interface Target {
  /** Makes each delivery reject while true. */
  isFull: boolean;
}

export interface Opener {
  readonly backend: string;
  readonly open: (target?: Target) => Promise<Backend>;
}

const delivery = (target: Target) => {
  const delivered: unknown[] = [];
  const deliver = async (body: string): Promise<void> => {
    if (target.isFull) throw new Error('queue is full');
    delivered.push(JSON.parse(body));
  };
  return { delivered, deliver };
};

/** The adapter against that server, with the SDK's settings. */
export const adapterOf = (server: { endpoint: string }, options: Partial<SchedulesOptions> = {}): Schedules =>
  createSchedules({ group: 'default', ...ARNS, overrides: { ...LOCAL, endpoint: server.endpoint }, ...options });

/** What a call resolves with or rejects with. */
export const outcome = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

/** Lets the tests of a file start schedulers, which are closed after each test. */
export const useSchedulers = () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(() => Promise.all(closers.splice(0).map((close) => close())));

  const start = async (deliver: (queueArn: string, body: string) => Promise<void>): Promise<SchedulerServer> => {
    const server = await startSchedulerServer({ deliver });
    closers.push(server.close);
    return server;
  };
  const backends: readonly Opener[] = [
    {
      backend: 'memory',
      open: async (target = { isFull: false }) => {
        const { delivered, deliver } = delivery(target);
        const schedules = memorySchedules({ deliver });
        return { schedules, fireDue: schedules.fireDue, names: schedules.names, delivered };
      },
    },
    {
      backend: 'EventBridge Scheduler',
      open: async (target = { isFull: false }) => {
        const { delivered, deliver } = delivery(target);
        const server = await start((_, body) => deliver(body));
        return { schedules: adapterOf(server), fireDue: server.fireDue, names: server.names, delivered };
      },
    },
  ];
  return { backends, start };
};
