/** Sends the event that asks for a follow-up check. */
import type { Approval } from '../ledger/approval.ts';
import { pointerAttributes } from '../ledger/approvals.ts';
import { type CheckGeneration, FOLLOW_UP_DELAYS_S, FOLLOW_UP_SOURCE } from '../model/follow-up.ts';
import { asciiJson } from '../model/json.ts';
import { type Target, targetName } from '../model/plan.ts';
import type { Clock, LaneQueues, Sha256 } from '../ports.ts';

interface CheckPorts {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly lanes: LaneQueues;
}

/**
 * The id follows from parent, target and generation, so sending a check twice is one event. Rejects if the queue
 * refuses it.
 */
export async function scheduleCheck(
  { clock, sha256, lanes }: CheckPorts,
  check: {
    readonly parent: { readonly source: string; readonly id: string };
    readonly target: Target;
    readonly generation: CheckGeneration;
    /** Of a key, whose event has no row that could keep them. */
    readonly approvals?: readonly Approval[];
  },
): Promise<void> {
  const { target, generation, approvals = [] } = check;
  const parent = { source: check.parent.source, id: check.parent.id };
  const subject = target.kind === 'key' ? { accessKeyId: target.accessKeyId } : { principalName: target.principalName };
  const event = {
    specversion: '1.0',
    type: 'revocation.check.v1',
    id: sha256(JSON.stringify([parent.source, parent.id, targetName(target), generation])),
    source: FOLLOW_UP_SOURCE,
    time: new Date(clock.now()).toISOString(),
    data: { parent, ...subject, generation },
  };
  await lanes.send('bulk', asciiJson(event), {
    delaySeconds: FOLLOW_UP_DELAYS_S[generation],
    attributes: pointerAttributes(approvals.map(({ key }) => key)),
  });
}
