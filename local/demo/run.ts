/** One run of the demo: sends each step once what it waits for has happened, until all have ended, and judges what came of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Expectation, type KeyState, type Letter, mismatches, NO_STORY, standing } from './expectation.ts';
import { CHECK_AFTER_S } from './haste.ts';
import type { Watcher } from './hearing.ts';
import type { Story } from './journal.ts';
import { KEYS, LATE_KEY } from './organisation.ts';
import { REPLAYS } from './scenario.ts';
import type { DemoStack } from './stack.ts';
import { openStage, type Stage } from './stage.ts';
import { CHECKS, LATE, type Step, stepsAt } from './steps.ts';

/** The longest that the whole may take from the first message on; a third of it is usual. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 20;

export interface Ended extends Expectation {
  readonly story: Story;
  readonly asExpected: boolean;
  /** From sending (the late key: minting) to proof; absent: nothing was revoked. */
  readonly revokedInMs?: number;
}

export interface Report {
  /** What was sent, and the check that found the late key. */
  readonly events: readonly Ended[];
  /** All other follow-up checks. */
  readonly checks: readonly Ended[];
  readonly letters: readonly Letter[];
  readonly depths: Readonly<Record<'urgent' | 'bulk' | 'dryRun' | 'deadLetters', number>>;
  readonly keys: readonly KeyState[];
  /** What was not exactly as expected, in sentences. */
  readonly mismatches: readonly string[];
  readonly tookMs: number;
}

/** Runs everything; `linger`, if given, is handed the report and the stack before that is closed. Rejects when the stack cannot start. */
export async function runDemo(
  watcher: Watcher,
  linger?: (report: Report, stack: DemoStack) => Promise<void>,
): Promise<Report> {
  const began = Date.now();
  const stage = await openStage(watcher);
  try {
    const until = Date.now() + PATIENCE_MS;
    const steps = stepsAt(Date.now());
    for (const { target, hiccup } of steps) {
      if (hiccup !== undefined) stage.stack.api.faults.plan('revoke-key', hiccup, { target });
    }
    watcher.onNews(`Follow-up checks of leavers, due after 1, 6 and 21 minutes, come ${CHECK_AFTER_S} s apart here`);
    await sendAll(stage, steps, { until, watcher });
    await replayAll(stage, { until, watcher });
    await settled(stage, [...steps, ...CHECKS], until);
    const report = await reportOn(stage, steps, began);
    await linger?.(report, stage.stack);
    return report;
  } finally {
    await stage.stack.close();
  }
}

/** Those whose turn it is go together. What waits for something that never happens is not sent, and shows as a mismatch. */
async function sendAll(
  stage: Stage,
  steps: readonly Step[],
  { until, watcher }: { readonly until: number; readonly watcher: Watcher },
): Promise<void> {
  let waiting = steps;
  while (waiting.length > 0 && Date.now() < until) {
    const stories = stage.hearing.journal.stories();
    const isTold = (name: string): boolean => (stories.get(name)?.trail.length ?? 0) > 0;
    const ready = waiting.filter(({ after }) => after.every(isTold));
    waiting = waiting.filter((step) => !ready.includes(step));
    const atOnce = ready.filter(({ after }) => after.length === 0).length;
    if (atOnce > 0) watcher.onNews(`${atOnce} messages are sent`);
    for (const { name, after } of ready) {
      if (after.length > 0) watcher.onNews(`${name} is sent: it waited for ${after.join(', ')}`);
    }
    await stage.send(ready);
    await pause(LOOK_EVERY_MS);
  }
}

/** What was mended, or looked at by a person, is sent round again once its letter is there. */
async function replayAll(
  { hearing, replay }: Stage,
  { until, watcher }: { readonly until: number; readonly watcher: Watcher },
): Promise<void> {
  for (const { request, after, news } of REPLAYS) {
    const hasLetter = (): boolean => hearing.journal.stories().get(after)?.trail.includes(request.reason) ?? false;
    while (!hasLetter() && Date.now() < until) await pause(LOOK_EVERY_MS);
    watcher.onNews(news);
    await replay(request);
  }
}

/** Resolves when nothing can become of any event any more and the queues are empty, or time is up. */
async function settled({ hearing, stack }: Stage, all: readonly Expectation[], until: number): Promise<void> {
  const isUnderWay = (): boolean => {
    const stories = hearing.journal.stories();
    return all.some((expected) => standing(expected, stories.get(expected.name) ?? NO_STORY) === 'under-way');
  };
  while (isUnderWay() && Date.now() < until) await pause(LOOK_EVERY_MS);
  const left = async (): Promise<number> => {
    const depths = await Promise.all((['urgent', 'bulk', 'dryRun'] as const).map(stack.depth));
    return depths.reduce((sum, depth) => sum + depth, 0);
  };
  while ((await left()) > 0 && Date.now() < until) await pause(LOOK_EVERY_MS);
}

async function reportOn(stage: Stage, steps: readonly Step[], began: number): Promise<Report> {
  const { stack, hearing, since } = stage;
  const letters = await stage.deadLetters();
  const [urgent, bulk, dryRun, deadLetters] = await Promise.all([
    stack.depth('urgent'),
    stack.depth('bulk'),
    stack.depth('dryRun'),
    stack.depth('deadLetters'),
  ]);
  const depths = { urgent, bulk, dryRun, deadLetters };
  const keys = [...KEYS, LATE_KEY].map(({ accessKeyId, principalName: owner, survives }): KeyState => {
    const live = stack.api.store.liveKeys(owner).includes(accessKeyId);
    return { accessKeyId, owner, live, ...(survives === undefined ? {} : { survives }) };
  });
  const stories = hearing.journal.stories();
  const leaks = [...hearing.leaks, ...(stack.api.secretSeen ? ['a request to the API'] : [])];
  const seen = { stories, letters, depths, keys, leaks, unreadableLines: hearing.unreadableLines };
  const ended = (expected: Expectation): Ended => {
    const { name, target, trail, attempts } = expected;
    const story = stories.get(name) ?? NO_STORY;
    const from = since.get(name);
    const asExpected = standing(expected, story) === 'met';
    const took = story.revokedAt === undefined || from === undefined ? {} : { revokedInMs: story.revokedAt - from };
    return { name, target, trail, attempts, story, asExpected, ...took };
  };
  return {
    events: [...steps, ...CHECKS.filter(({ name }) => name === LATE)].map(ended),
    checks: CHECKS.filter(({ name }) => name !== LATE).map(ended),
    letters,
    depths,
    keys,
    mismatches: mismatches([...steps, ...CHECKS], seen),
    tookMs: Date.now() - began,
  };
}
