/** The senders of tests: our own roles, and who of them sends what. */
import type { SenderSettings } from '../../lib/model/sender.ts';
import { LOCAL_ROLES } from '../../local/variables.ts';

export const ROLE_IDS = LOCAL_ROLES;

/** Without SENDERS: an event's authority is its source. */
export const UNBOUND: SenderSettings = {
  own: new Map([
    [ROLE_IDS.ingest, 'ingest'],
    [ROLE_IDS.revoke, 'revoke'],
    [ROLE_IDS.replay, 'replay'],
    [ROLE_IDS.scheduler, 'scheduler'],
    [ROLE_IDS.canary, 'canary'],
    [ROLE_IDS.reconcile, 'reconcile'],
  ]),
  bindings: undefined,
};

/** A user of an AWS account, with its own session name. */
export const STRANGER = 'AROAEXAMPLE:sender';

/** The access key of the production sender of such a message, for the localhost queue. */
export const usualAccessKey = (body: string, attributes: Readonly<Record<string, string>> = {}): string => {
  const [key = ''] = usualSenderId(body, attributes).split(':');
  return UNBOUND.own.has(key) ? key : 'local';
};

/** SenderId of the production sender of such a message: follow-up checks and dead letters are ours. */
export function usualSenderId(body: string, attributes: Readonly<Record<string, string>>): string {
  if ('replays' in attributes) return `${ROLE_IDS.replay}:replay`;
  const isOurs = body.includes('revocation.check.v1') || /^\s*\{"v":1,/.test(body);
  return isOurs ? `${ROLE_IDS.revoke}:revoke` : STRANGER;
}
