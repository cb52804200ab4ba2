/** People at the dead-letter queue: replays, which may die half way, and moves by the console. */
import type { Lane } from '../../lib/model/settings.ts';
import { replay } from '../../lib/replay/replay.ts';
import { ANN_ID } from '../support/approval.ts';
import { type Action, HOUR } from './plan.ts';
import { startProcess } from './process.ts';
import { portsOf } from './sim-ports.ts';
import type { World } from './world.ts';

const ANN = {
  name: 'ann',
  arn: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
  userId: ANN_ID,
  claimed: false,
} as const;
/** A run that says nothing for so long is ended by its operator. */
const MAX_WAIT_MS = HOUR;

/** The checks know one body of each event, and an approved conflict puts another in its place. */
const isMeant = ({ reason }: { readonly reason: string }): boolean => reason !== 'held-conflict';

type Replay = Extract<Action, { do: 'replay' }>;

/** Runs a replay until it ends, crashes or is interrupted by its operator. */
export async function replayDeadLetters(world: World, { approve, dryRun, max }: Replay): Promise<void> {
  world.busy(1);
  world.operators.count += 1;
  const name = `operator-${world.operators.count}`;
  const process = startProcess(world, name);
  const over = new AbortController();
  world.tell(name, `replays${approve ? ', approving' : ''}${dryRun ? ', only looking' : ''}`);
  const running = replay(
    { ports: portsOf(world, process), settings: world.settings },
    { filter: {}, operator: ANN, approve, dryRun, isMeant, ...(max === undefined ? {} : { max }) },
  );
  const end = await Promise.race([
    running.then(({ ended, results }) => `has ended: ${ended} ${JSON.stringify(results)}`),
    process.died.then(() => 'has died'),
    world.clock.sleep(MAX_WAIT_MS, over.signal).then(() => 'was ended'),
  ]);
  over.abort('over');
  process.end(end);
  world.busy(-1);
}

/** Moves what can be seen of the dead letters to a lane as it is. (SQS guide, dead-letter queue redrive) */
export async function redrive(world: World, lane: Lane): Promise<void> {
  const { inbox } = world;
  world.busy(1);
  for (;;) {
    const deadLetters = await inbox.receive(30);
    if (deadLetters.length === 0) break;
    for (const { receiptHandle, body, attributes, senderId } of deadLetters) {
      await inbox.remove(receiptHandle);
      world.put({ lane, body, attributes, senderId, by: 'operator' });
    }
  }
  world.busy(-1);
}
