/**
 * Shortens the delay of follow-up checks from minutes to seconds, so that the demo ends in seconds. The delay is
 * changed in the request, before the queue handles it; the product's code runs unchanged.
 */
import { isFields, listOf } from '../queue/fields.ts';

/** Seconds. Long enough to create the late key before the first check. */
export const CHECK_AFTER_S = 1;

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
 * Changes the body of a SendMessageBatch request in place: no follow-up check in it is delayed for longer than
 * CHECK_AFTER_S. Returns these checks.
 */
export function shortenFollowUpDelays(request: unknown): readonly FollowUpMessage[] {
  return listOf(request, 'Entries')
    .filter(isFields)
    .flatMap((entry) => {
      const check = parseFollowUp(entry.MessageBody);
      if (check === undefined) return [];
      Object.assign(entry, { DelaySeconds: Math.min(Number(entry.DelaySeconds ?? 0), CHECK_AFTER_S) });
      return [check];
    });
}
