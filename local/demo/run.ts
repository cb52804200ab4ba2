/** One run of the demo: sends the steps, waits until each has ended as expected or time is up, and reports. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Stack, startStack } from '../stack.ts';
import { type Entry, entryOf, type Story, storyOf } from './journal.ts';
import { dryStep, ENV, KEYS, keyId, LEAVER, planHiccups, type Step, SURVIVORS, stepsAt } from './scenario.ts';

/** The longest that a group of steps may take. */
const PATIENCE_MS = 20_000;

export interface Ended extends Story {
  readonly step: Step;
  readonly expected: boolean;
}

export interface Report {
  readonly events: readonly Ended[];
  readonly letters: readonly { readonly reason: string; readonly event: string }[];
  readonly depths: Readonly<Record<'urgent' | 'bulk' | 'deadLetters', number>>;
  /** Ids of keys that are live in the end. */
  readonly live: readonly string[];
  /** What was not as expected, in sentences; empty: all was. */
  readonly faults: readonly string[];
}

export interface Watcher {
  /** Called with each step of the audit log, and the name of the message that it belongs to. */
  onEntry(name: string, entry: Entry): void;
  /** Called with each line of the operational log. */
  onLog(line: string): void;
}

/** A stack and the stories of what was sent to it. */
interface Stage {
  readonly stack: Stack;
  readonly checks: readonly string[];
  send(step: Step): Promise<void>;
  endOf(step: Step): Ended;
  /** Waits until each step has ended as it should, or as `enough` says, or time is up. */
  settle(steps: readonly Step[], enough?: (ended: Ended) => boolean): Promise<void>;
  /** Has an event that is not a step's own told under a step's name. */
  alias(eventId: string, name: string): void;
}

/** Starts a stack whose audit log is followed. `env` overrides the function's variables. */
async function openStage(watcher: Watcher, env: Readonly<Record<string, string>>, api?: Stack['api']): Promise<Stage> {
  const entries: Entry[] = [];
  const sent = new Map<string, { readonly messageId: string; readonly at: number }>();
  const checks: string[] = [];
  const aliases = new Map<string, string>();
  const nameOf = ({ eventId, messageId }: Entry) =>
    aliases.get(eventId) ||
    eventId ||
    [...sent].find(([, message]) => message.messageId === messageId)?.[0] ||
    messageId;
  const stack = await startStack({
    seed: KEYS,
    env: { ...ENV, ...env, ...(api && { COREWEAVE_API_URL: api.url, COREWEAVE_API_TOKEN: api.token }) },
    onLog: watcher.onLog,
    onRequest: ({ action, body }) => {
      if (action.startsWith('SendMessage')) checks.push(...checkBodies(body));
    },
    onAudit: (line) => {
      const entry = entryOf(line);
      entries.push(entry);
      watcher.onEntry(nameOf(entry), entry);
    },
  });
  const endOf = (step: Step): Ended => {
    const message = sent.get(step.name);
    const story = storyOf(
      entries.filter((entry) => nameOf(entry) === step.name),
      message?.at ?? 0,
    );
    return { step, ...story, expected: story.last === step.ends };
  };
  return {
    stack,
    checks,
    endOf,
    async send(step) {
      const at = Date.now();
      sent.set(step.name, { messageId: await stack.send(step.lane, step.body), at });
    },
    alias: (eventId, name) => void aliases.set(eventId, name),
    async settle(steps, enough = ({ expected }) => expected) {
      const until = Date.now() + PATIENCE_MS;
      while (!steps.every((step) => enough(endOf(step))) && Date.now() < until) await pause(50);
      await stack.idle();
    },
  };
}

/** The follow-up checks in a request to send messages. */
function checkBodies(request: unknown): readonly string[] {
  const entries = typeof request === 'object' && request !== null && 'Entries' in request ? request.Entries : [];
  return (Array.isArray(entries) ? entries : [])
    .map(({ MessageBody }) => String(MessageBody))
    .filter((body) => body.includes('"revocation.check.v1"'));
}

/** Runs everything. The stage is handed to `linger`, if given, before it closes. */
export async function runDemo(watcher: Watcher, linger?: (stack: Stack) => Promise<void>): Promise<Report> {
  const stage = await openStage(watcher, {});
  try {
    planHiccups(stage.stack.api.faults);
    const [first = [], second = []] = stepsAt(Date.now());
    const steps = [...first, ...second];
    await Promise.all(first.map((step) => stage.send(step)));
    // The leaver of next month is scheduled first; what ends it comes with the second group.
    await stage.settle(first.filter(({ name }) => name !== 'in-a-month'));
    await stage.settle(first, ({ last }) => last !== 'nothing');
    for (const step of second) await stage.send(step);
    await stage.settle(steps);
    const late = await lateKey(stage);
    const dry = await dryRun(watcher, stage.stack.api);
    const report = await reportOn(stage, [...steps.map(stage.endOf), ...late, dry]);
    await linger?.(stage.stack);
    return report;
  } finally {
    await stage.stack.close();
  }
}

/** A key minted after its owner has left: the follow-up check, due in a minute, is brought forward. */
async function lateKey(stage: Stage): Promise<readonly Ended[]> {
  const [minted = ''] = stage.stack.api.store.mint(LEAVER);
  const body = stage.checks.find((check) => check.includes(LEAVER)) ?? '';
  const step: Step = { name: 'late-key', lane: 'bulk', body, target: minted, ends: 'late-keys: 1' };
  if (body !== '') stage.alias(JSON.parse(body).id, step.name);
  await stage.send(step);
  await stage.settle([step]);
  return [stage.endOf(step)];
}

async function dryRun(watcher: Watcher, api: Stack['api']): Promise<Ended> {
  const stage = await openStage(watcher, { MODE: 'dry-run' }, api);
  try {
    const step = dryStep(Date.now());
    await stage.send(step);
    await stage.settle([step]);
    return stage.endOf(step);
  } finally {
    await stage.stack.close();
  }
}

async function reportOn({ stack }: Stage, events: readonly Ended[]): Promise<Report> {
  const letters = (await stack.deadLetters()).map((body) => {
    const { reason, event } = JSON.parse(body);
    return { reason: String(reason), event: String(event?.id ?? '') };
  });
  const live = [...KEYS.map(({ accessKeyId }) => accessKeyId), ...stack.api.store.liveKeys(LEAVER)].filter(
    (id) => !['DELETED', undefined].includes(stack.api.store.status(id)),
  );
  const depths = {
    urgent: await stack.depth('urgent'),
    bulk: await stack.depth('bulk'),
    deadLetters: await stack.depth('deadLetters'),
  };
  return { events, letters, depths, live, faults: faultsOf(stack, { events, letters, live, depths }) };
}

function faultsOf({ api }: Stack, { events, letters, live, depths }: Omit<Report, 'faults'>): readonly string[] {
  const expectedLetters = events.flatMap(({ step }) => step.letter ?? []).toSorted();
  const reasons = letters.map(({ reason }) => reason).toSorted();
  return [
    ...events
      .filter(({ expected }) => !expected)
      .map(({ step, last }) => `${step.name}: expected ${step.ends}, saw ${last}`),
    ...(reasons.join() === expectedLetters.join()
      ? []
      : [`dead letters: expected ${expectedLetters.join(' ')}, saw ${reasons.join(' ')}`]),
    ...(live.toSorted().join() === SURVIVORS.toSorted().join()
      ? []
      : [`live keys: expected ${SURVIVORS.toSorted().join(' ')}, saw ${live.toSorted().join(' ')}`]),
    ...(depths.urgent === 0 ? [] : [`urgent queue: expected it empty, saw ${depths.urgent} messages`]),
    ...(api.secretSeen ? ['the API was sent a secret'] : []),
    ...(api.store.status(keyId('LATER')) === 'ACTIVE' ? [] : ['the leaver of next month has lost a key']),
  ];
}
