/**
 * Lives through a plan: actions in their time, both lanes polled by instances of the function, until nothing is left to
 * do.
 */
import type { Lane } from '../../lib/model/settings.ts';
import { bodyOf } from './bodies.ts';
import type { Control } from './controls.ts';
import { forgeryOf } from './forgeries.ts';
import type { History } from './history.ts';
import { createPool, invoke, type Pool } from './invoke.ts';
import { redrive, replayDeadLetters } from './operator.ts';
import { type Action, BEGINS, DAY, type ForgerySpec, type MessageSpec, type Plan } from './plan.ts';
import { reconcile } from './reconciler.ts';
import { senderOf } from './senders.ts';
import { openWorld, type World } from './world.ts';

/** More time or steps indicate an endless loop. */
const LONGEST_MS = 440 * DAY;
const MOST_STEPS = 400_000;
/** How long the mapping gathers a batch at most. */
const GATHER_MS: Readonly<Record<Lane, number>> = { urgent: 200, bulk: 5_000 };

/** The same plan gives the same history, which ends after `mostSteps` at ports. */
export async function live(plan: Plan, control: Control = {}, mostSteps = MOST_STEPS): Promise<History> {
  const world = await openWorld(plan, control.settings);
  const pools = { urgent: createPool(world, 'urgent', control), bulk: createPool(world, 'bulk', control) };
  await world.clock.run(everything(world, { pools, control, mostSteps }));
  return world.history;
}

interface Running {
  readonly pools: Readonly<Record<Lane, Pool>>;
  readonly control: Control;
  readonly mostSteps: number;
}

async function everything(world: World, running: Running): Promise<void> {
  const { pools, mostSteps } = running;
  const { history, queues, inbox, clock, bell } = world;
  let over = false;
  const isTooLong = (): boolean => clock.now() - BEGINS > LONGEST_MS || world.steps.count > mostSteps;
  const pollers = (['urgent', 'bulk'] as const).map((lane) => poll(world, pools[lane], () => over || isTooLong()));
  for (const action of world.plan.actions) {
    await clock.sleep(BEGINS + action.at - clock.now());
    act(world, running, action);
  }
  while (!world.isQuiet() && !isTooLong()) await bell.wait(isTooLong() ? 0 : Number.POSITIVE_INFINITY);
  over = true;
  bell.ring();
  await Promise.all(pollers);
  world.look();
  const processes = [...pools.urgent.all, ...pools.bulk.all].map(({ process }) => process);
  history.end = {
    left: Object.values(queues).flatMap((queue) => queue.ids()),
    pending: new Map(processes.map((process) => [process.name, process.pending()])),
    steps: world.steps.count,
  };
  world.tell('end', `${inbox.ids().length} dead letters`);
}

async function poll(world: World, pool: Pool, isOver: () => boolean): Promise<void> {
  const { clock, bell, queues, plan } = world;
  const queue = queues[pool.lane];
  const draws = world.draws(`poll ${pool.lane}`);
  let running = 0;
  while (!isOver()) {
    const isFull = running >= plan.terms.concurrency[pool.lane];
    const waitMs = isFull ? Number.POSITIVE_INFINITY : queue.nextVisible() - clock.now();
    if (waitMs > 0) {
      await bell.wait(waitMs);
      continue;
    }
    world.busy(1);
    await clock.sleep(draws.upTo(GATHER_MS[pool.lane]));
    const received = queue.receive(plan.terms.batch[pool.lane]);
    if (received.length === 0) {
      world.busy(-1);
      continue;
    }
    running += 1;
    const ended = invoke(world, pool, received).finally(() => {
      running -= 1;
      world.busy(-1);
    });
    void ended;
  }
}

function act(world: World, { pools, control }: Running, action: Action): unknown {
  switch (action.do) {
    case 'send':
      return send(world, action.message);
    case 'forge':
      return forge(world, action.forgery);
    case 'create-keys':
      return world.createKeys(action.who, action.count);
    case 'purge':
      return world.purge(action.who);
    case 'replay':
      return void replayDeadLetters(world, action);
    case 'redrive':
      return void redrive(world, action.lane);
    case 'reappear':
      return world.again(action.nth);
    case 'look':
      return world.isQuiet() ? world.look() : undefined;
    case 'reconcile':
      return void reconcile(world, control);
    case 'recycle':
      return Object.values(pools).map((pool) => pool.recycle());
  }
}

function send(world: World, message: MessageSpec): void {
  const sender = senderOf(message.events[0]?.source ?? 0, world.plan.terms.trust);
  world.put({ lane: message.lane, body: bodyOf(message), by: 'sender', ...sender });
}

function forge(world: World, forgery: ForgerySpec): void {
  const message = forgeryOf(forgery);
  if (forgery.trick === 'dlq') world.addDeadLetters(message);
  else world.put({ lane: forgery.lane, by: 'sender', ...message });
}
