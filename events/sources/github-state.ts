/** What the state of an alert at GitHub says of its credential. (GitHub REST API 2022-11-28, secret scanning) */

/** `dismissed`: closed for another reason than that the credential was revoked. */
export type AlertState = 'open' | 'revoked' | 'dismissed';

/** That of an alert whose pattern was changed says nothing. */
const RESOLUTIONS: ReadonlyMap<unknown, AlertState> = new Map([
  ['revoked', 'revoked'],
  ['pattern_edited', 'open'],
  ['pattern_deleted', 'open'],
]);

export const alertStateOf = ({ state, resolution }: Readonly<Record<string, unknown>>): AlertState =>
  state === 'resolved' ? (RESOLUTIONS.get(resolution) ?? 'dismissed') : 'open';
