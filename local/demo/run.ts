/** One run of the demo: sends every step once what it waits for has happened, waits until all are settled, compares. */
import { setTimeout as pause } from 'node:timers/promises';
import { FOLLOW_UP_TIMES } from '../../lib/model/follow-up.ts';
import {
  compareHistory,
  type Expectation,
  findMismatches,
  NO_HISTORY,
  type ObservedDeadLetter,
  type ObservedKey,
} from './expectation.ts';
import type { EventHistory } from './journal.ts';
import type { DemoListener } from './log-observer.ts';
import { KEYS, LATE_KEY } from './organization.ts';
import { REPLAYS } from './scenario.ts';
import { type DemoSession, startSession } from './session.ts';
import type { DemoStack } from './stack.ts';
import { CHECKS, createSteps, type Step } from './steps.ts';

/** The longest that a run may take from the first message on; about a third of it is usual. */
const TIMEOUT_MS = 30_000;
const POLL_EVERY_MS = 20;

export interface EventResult extends Expectation {
  readonly history: EventHistory;
  readonly asExpected: boolean;
  /** From sending the event (or creating the late key) to the proof. Absent where nothing was revoked. */
  readonly revokedInMs?: number;
}

export interface DemoReport {
  /** The events that were sent. */
  readonly events: readonly EventResult[];
  /** The follow-up checks, one of which finds the late key. */
  readonly checks: readonly EventResult[];
  readonly deadLetters: readonly ObservedDeadLetter[];
  readonly depths: Readonly<Record<'urgent' | 'bulk' | 'dryRun' | 'deadLetters', number>>;
  readonly keys: readonly ObservedKey[];
  /** One sentence for each difference from what was expected. */
  readonly mismatches: readonly string[];
  readonly tookMs: number;
}

interface RunContext {
  readonly session: DemoSession;
  readonly listener: DemoListener;
  /** Epoch ms at which the run stops waiting. */
  readonly until: number;
}

/**
 * Runs the whole scenario. `onReport` gets the report and the stack before the stack is closed. Rejects when the stack
 * cannot start.
 */
export async function runDemo(
  listener: DemoListener,
  onReport?: (report: DemoReport, stack: DemoStack) => Promise<void>,
): Promise<DemoReport> {
  const began = Date.now();
  const session = await startSession(listener);
  try {
    const run: RunContext = { session, listener, until: Date.now() + TIMEOUT_MS };
    const steps = createSteps(Date.now());
    for (const { target, firstFault } of steps) {
      if (firstFault !== undefined) session.stack.api.faults.plan('revoke-key', firstFault, { target });
    }
    const delays = `due after ${FOLLOW_UP_TIMES}, run within seconds here`;
    listener.onMessage(`Follow-up checks of offboardings, ${delays}`);
    await sendSteps(run, steps);
    await replayDeadLetters(run);
    await waitUntilSettled(run, [...steps, ...CHECKS]);
    const report = await createReport(session, steps, began);
    await onReport?.(report, session.stack);
    return report;
  } finally {
    await session.stack.close();
  }
}

/**
 * Sends ready steps together. A step that waits for something that never happens is not sent and shows as a mismatch.
 */
async function sendSteps({ session, listener, until }: RunContext, steps: readonly Step[]): Promise<void> {
  let waiting = steps;
  while (waiting.length > 0 && Date.now() < until) {
    const histories = session.observer.journal.histories();
    const hasBegun = (name: string): boolean => (histories.get(name)?.trail.length ?? 0) > 0;
    const ready = waiting.filter(({ after }) => after.every(hasBegun));
    waiting = waiting.filter((step) => !ready.includes(step));
    const atOnce = ready.filter(({ after }) => after.length === 0).length;
    if (atOnce > 0) listener.onMessage(`Sending ${atOnce} messages`);
    for (const { name, after } of ready) {
      if (after.length > 0) listener.onMessage(`Sending ${name}, which waited for ${after.join(', ')}`);
    }
    await session.send(ready);
    await pause(POLL_EVERY_MS);
  }
}

async function replayDeadLetters({ session, listener, until }: RunContext): Promise<void> {
  const { journal } = session.observer;
  for (const { request, after, message } of REPLAYS) {
    const isDeadLettered = (): boolean => journal.histories().get(after)?.trail.includes(request.reason) ?? false;
    while (!isDeadLettered() && Date.now() < until) await pause(POLL_EVERY_MS);
    listener.onMessage(message);
    await session.replay(request);
  }
}

/** Resolves when no event can change any more and the queues are empty, or at the timeout. */
async function waitUntilSettled({ session, until }: RunContext, all: readonly Expectation[]): Promise<void> {
  const { observer, stack } = session;
  const isUnderWay = (): boolean => {
    const histories = observer.journal.histories();
    return all.some((expected) => compareHistory(expected, histories.get(expected.name) ?? NO_HISTORY) === 'under-way');
  };
  while (isUnderWay() && Date.now() < until) await pause(POLL_EVERY_MS);
  const countMessages = async (): Promise<number> => {
    const depths = await Promise.all((['urgent', 'bulk', 'dryRun'] as const).map(stack.depth));
    return depths.reduce((sum, depth) => sum + depth, 0);
  };
  while ((await countMessages()) > 0 && Date.now() < until) await pause(POLL_EVERY_MS);
}

async function createReport(session: DemoSession, steps: readonly Step[], began: number): Promise<DemoReport> {
  const { stack, observer } = session;
  const deadLetters = await session.deadLetters();
  const [urgent, bulk, dryRun, deadLetterCount] = await Promise.all([
    stack.depth('urgent'),
    stack.depth('bulk'),
    stack.depth('dryRun'),
    stack.depth('deadLetters'),
  ]);
  const depths = { urgent, bulk, dryRun, deadLetters: deadLetterCount };
  const keys = observeKeys(stack);
  const histories = observer.journal.histories();
  const leaks = [...observer.leaks, ...(stack.api.secretSeen ? ['a request to the API'] : [])];
  const { unreadableLines } = observer;
  const observed = { histories, deadLetters, depths, keys, leaks, unreadableLines };
  const toResult = (expected: Expectation): EventResult =>
    eventResult(expected, histories.get(expected.name) ?? NO_HISTORY, session.sentAt.get(expected.name));
  return {
    events: steps.map(toResult),
    checks: CHECKS.map(toResult),
    deadLetters,
    depths,
    keys,
    mismatches: findMismatches([...steps, ...CHECKS], observed),
    tookMs: Date.now() - began,
  };
}

const observeKeys = (stack: DemoStack): readonly ObservedKey[] =>
  [...KEYS, LATE_KEY].map(({ accessKeyId, principalName: owner, survives }) => ({
    accessKeyId,
    owner,
    live: stack.api.store.liveKeys(owner).includes(accessKeyId),
    ...(survives === undefined ? {} : { survives }),
  }));

function eventResult(
  { name, target, trail, attempts }: Expectation,
  history: EventHistory,
  sentAt: number | undefined,
): EventResult {
  const { revokedAt } = history;
  const asExpected = compareHistory({ name, target, trail, attempts }, history) === 'met';
  const took = revokedAt === undefined || sentAt === undefined ? {} : { revokedInMs: revokedAt - sentAt };
  return { name, target, trail, attempts, history, asExpected, ...took };
}
