/** Requests as directories make them of a SCIM endpoint. */
import { scim } from '../../../events/sources/scim.ts';
import type { Reading, WebRequest } from '../../../events/sources/source.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { request } from './requests.ts';

export const NAME = 'user@example.com';
export const ID = idOf(NAME);
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';

export function idOf(userName: string): string {
  return Buffer.from(userName).toString('base64url');
}

/** `path`: below the path of the source. `body`: a JSON value or text. */
export const scimRequest = (method: string, path: string, body?: unknown): WebRequest =>
  request({
    method,
    path,
    headers: { 'content-type': 'application/scim+json' },
    ...(body === undefined ? {} : { body }),
  });

export const read = (method: string, path: string, body?: unknown, now = EVENT_MS): Reading =>
  scim.read(scimRequest(method, path, body), now);

export const patch = (...operations: readonly unknown[]): Reading =>
  read('PATCH', `/Users/${ID}`, { schemas: [PATCH_OP], Operations: operations });

/** In short: whom it says to have left or come back; or why not. */
export const gist = (reading: Reading): string =>
  reading.kind === 'events'
    ? reading.events
        .map(({ type, data }) => `${type.split('.')[1]} ${'identity' in data ? Object.values(data.identity) : '?'}`)
        .join(', ')
    : `${reading.kind}: ${reading.why}`;
