import type { Work } from '../context.ts';
import { asciiJson } from '../model/json.ts';
import { type Plan, type Target, targetName } from '../model/plan.ts';

export type Check = Extract<Plan, { kind: 'check' }>;
/** Seconds from the last look to each generation's. */
export const DELAYS_S: Readonly<Record<Check['generation'], number>> = { 1: 60, 2: 300, 3: 900 };
export const SOURCE = '//revocation-handler/follow-up';
/** Sends the next check of a target. Its id follows from parent, target and generation: sent twice, it is the same event. */
export async function sendCheck(
  { environment: { ports } }: Work,
  check: {
    readonly parent: { readonly source: string; readonly id: string };
    readonly target: Target;
    readonly generation: Check['generation'];
  },
): Promise<void> {
  const { target, generation } = check;
  const parent = { source: check.parent.source, id: check.parent.id };
  const subject = target.kind === 'key' ? { accessKeyId: target.accessKeyId } : { principalName: target.principalName };
  const event = {
    specversion: '1.0',
    type: 'revocation.check.v1',
    id: ports.sha256(JSON.stringify([parent.source, parent.id, targetName(target), generation])),
    source: SOURCE,
    time: new Date(ports.clock.now()).toISOString(),
    data: { parent, ...subject, generation },
  };
  await ports.lanes.send('bulk', asciiJson(event), { delaySeconds: DELAYS_S[generation] });
}
