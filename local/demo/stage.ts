/** The stack with what is heard of it, the messages that are sent to it, and the key that is minted in between. */
import { sha256 } from '../../lib/io/node.ts';
import type { Letter } from './expectation.ts';
import { type Hearing, openHearing, type Watcher } from './hearing.ts';
import type { Journal } from './journal.ts';
import { LATE_KEY } from './organisation.ts';
import type { ReplayRow } from './scenario.ts';
import { type DemoStack, startDemoStack } from './stack.ts';
import { LATE, MINTER, type Step } from './steps.ts';

export interface Stage {
  readonly stack: DemoStack;
  readonly hearing: Hearing;
  /** Epoch ms, by name: when it was sent; for the late key, when it was minted. */
  readonly since: ReadonlyMap<string, number>;
  send(steps: readonly Step[]): Promise<void>;
  /** Invokes the replay function. Rejects as that does. */
  replay(request: ReplayRow['request']): Promise<unknown>;
  deadLetters(): Promise<readonly Letter[]>;
}

interface LetterBody {
  readonly reason?: string;
  readonly detail?: string;
  readonly event?: { readonly id: string } | null;
  readonly raw?: { readonly sha256: string };
}

/** Takes the body of a dead letter; what SQS itself has moved is the message as it was, of reason `crashed`. */
export const letterFrom = (body: string, { nameOf }: Pick<Journal, 'nameOf'>): Letter => {
  const crashed = { reason: 'crashed', name: nameOf('', sha256(body)), detail: 'moved by the queue' };
  try {
    const { reason, detail = '', event, raw }: LetterBody = JSON.parse(body);
    return reason === undefined ? crashed : { reason, detail, name: nameOf(event?.id ?? '', raw?.sha256 ?? '') };
  } catch {
    return crashed;
  }
};

/** Starts the stack and listens. Rejects as `startDemoStack`. */
export async function openStage(watcher: Watcher): Promise<Stage> {
  const since = new Map<string, number>();
  const mint = (): void => {
    if (since.has(LATE)) return;
    since.set(LATE, Date.now());
    stack.api.store.add(LATE_KEY);
    watcher.onNews(`${LATE_KEY.principalName} mints one more key, ${LATE_KEY.accessKeyId}`);
  };
  const hearing = openHearing({
    onLog: watcher.onLog,
    onEntry(name, entry) {
      watcher.onEntry(name, entry);
      if (name === MINTER && entry.code === 'confirmed') mint();
    },
  });
  const stack = await startDemoStack(hearing.hooks);
  return {
    stack,
    hearing,
    since,
    async send(steps) {
      for (const { name, body } of steps) {
        hearing.journal.name(sha256(body), name);
        since.set(name, Date.now());
      }
      const lanes = Map.groupBy(steps, ({ lane }) => lane);
      const send = ([lane, group]: [Step['lane'], readonly Step[]]) =>
        stack.send(
          lane,
          group.map(({ body }) => body),
        );
      await Promise.all([...lanes].map(send));
    },
    replay: (request) => stack.replay(request),
    async deadLetters() {
      const bodies = await stack.deadLetters();
      for (const body of bodies) hearing.look('a dead letter', body);
      return bodies.map((body) => letterFrom(body, hearing.journal));
    },
  };
}
