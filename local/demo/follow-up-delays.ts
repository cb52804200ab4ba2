/**
 * Shortens the delay of follow-up checks from minutes to seconds, so that the demo ends in seconds. The delay is
 * changed in the request, before the queue handles it; the product's code runs unchanged.
 */
import { isFields, listOf } from '../queue/fields.ts';

/** Seconds. Long enough to create the late key before the first check; the others have nothing to wait for. */
const FIRST_CHECK_AFTER_S = 1;

export interface FollowUpMessage {
  readonly id: string;
  /** The id of the event that is checked. */
  readonly parent: string;
  readonly generation: number;
}

const parseFollowUp = (body: unknown): FollowUpMessage | undefined => {
  if (typeof body !== 'string' || !body.includes('"revocation.check.v1"')) return undefined;
  const { type, id, data } = JSON.parse(body);
  // A dead letter about a check has the check inside.
  if (type !== 'revocation.check.v1') return undefined;
  return { id, parent: data.parent.id, generation: data.generation };
};

/**
 * Changes the body of a SendMessageBatch request in place: of the follow-up checks in it, first ones are delayed for
 * FIRST_CHECK_AFTER_S at most, the others not at all. Returns these checks.
 */
export function shortenFollowUpDelays(request: unknown): readonly FollowUpMessage[] {
  return listOf(request, 'Entries')
    .filter(isFields)
    .flatMap((entry) => {
      const check = parseFollowUp(entry.MessageBody);
      if (check === undefined) return [];
      const most = check.generation === 1 ? FIRST_CHECK_AFTER_S : 0;
      Object.assign(entry, { DelaySeconds: Math.min(Number(entry.DelaySeconds ?? 0), most) });
      return [check];
    });
}
