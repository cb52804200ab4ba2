/** A running demo: the stack, the observer of its logs, and the key that is created during the run. */
import { redact } from '../../events/secrets.ts';
import { sha256 } from '../../lib/io/node.ts';
import { digestOf } from '../../lib/model/raw-digest.ts';
import type { ObservedDeadLetter } from './expectation.ts';
import type { Journal } from './journal.ts';
import { createLogObserver, type DemoListener, type LogObserver } from './log-observer.ts';
import { LATE_KEY } from './organization.ts';
import type { ReplayRow } from './scenario.ts';
import { type DemoStack, startDemoStack } from './stack.ts';
import { LATE_KEY_CHECK, LATE_KEY_CREATOR, type Step } from './steps.ts';

export interface DemoSession {
  readonly stack: DemoStack;
  readonly observer: LogObserver;
  /** Epoch ms by name: when the event was sent or, for the late key, when the key was created. */
  readonly sentAt: ReadonlyMap<string, number>;
  send(steps: readonly Step[]): Promise<void>;
  /** Invokes the replay function; rejects as that does. */
  replay(request: ReplayRow['request']): Promise<unknown>;
  deadLetters(): Promise<readonly ObservedDeadLetter[]>;
}

interface DeadLetterBody {
  readonly reason?: string;
  readonly detail?: string;
  readonly event?: { readonly id: string } | null;
  readonly raw?: { readonly sha256: string };
}

/** As the product names a text that it could not read: by the hash of what is left of it without secrets. */
export const receivedHash = (body: string): string => digestOf(redact(body), sha256).sha256;

/** A body that is no dead letter is a message that SQS itself has moved: reason `crashed`. */
export const parseDeadLetter = (body: string, { nameOf }: Pick<Journal, 'nameOf'>): ObservedDeadLetter => {
  const crashed = { reason: 'crashed', name: nameOf('', receivedHash(body)), detail: 'moved by the queue' };
  try {
    const { reason, detail = '', event, raw }: DeadLetterBody = JSON.parse(body);
    return reason === undefined ? crashed : { reason, detail, name: nameOf(event?.id ?? '', raw?.sha256 ?? '') };
  } catch {
    return crashed;
  }
};

/** Starts the stack and the observer. Rejects as `startDemoStack`. */
export async function startSession(listener: DemoListener): Promise<DemoSession> {
  const sentAt = new Map<string, number>();
  const createLateKey = (): void => {
    if (sentAt.has(LATE_KEY_CHECK)) return;
    sentAt.set(LATE_KEY_CHECK, Date.now());
    stack.api.store.add(LATE_KEY);
    listener.onMessage(`${LATE_KEY.principalName} creates another key, ${LATE_KEY.accessKeyId}`);
  };
  const observer = createLogObserver({
    onLog: listener.onLog,
    ...(listener.onAudit === undefined ? {} : { onAudit: listener.onAudit }),
    onEntry(name, entry) {
      listener.onEntry(name, entry);
      if (name === LATE_KEY_CREATOR && entry.code === 'confirmed') createLateKey();
    },
  });
  const stack = await startDemoStack(observer.hooks);
  return {
    stack,
    observer,
    sentAt,
    async send(steps) {
      for (const { name, body } of steps) {
        observer.journal.setName(receivedHash(body), name);
        sentAt.set(name, Date.now());
      }
      await Promise.all([...Map.groupBy(steps, ({ lane }) => lane)].map(([lane, group]) => sendTo(stack, lane, group)));
    },
    replay: (request) => stack.replay(request),
    async deadLetters() {
      const bodies = await stack.deadLetters();
      for (const body of bodies) observer.searchForSecret('a dead letter', body);
      return bodies.map((body) => parseDeadLetter(body, observer.journal));
    },
  };
}

const sendTo = (stack: DemoStack, lane: Step['lane'], steps: readonly Step[]): Promise<void> =>
  stack.send(
    lane,
    steps.map(({ body }) => body),
  );
