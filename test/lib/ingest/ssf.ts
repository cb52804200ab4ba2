/** The webhook endpoint with one issuer of security event tokens, whose keys come from a real server. */
import { onTestFinished } from 'vitest';
import type { WebRequest } from '../../../events/sources/source.ts';
import { ssfSource } from '../../../events/ssf/ssf-source.ts';
import { parseSsfIssuers } from '../../../lib/io/config/ssf-issuers.ts';
import { createVerifySignature } from '../../../lib/io/ssf/verify.ts';
import { AUDIENCE, type Idp, push, startIdp } from '../../support/idp.ts';
import { openEdge } from './edge.ts';

export const NAME = 'ssf/idp';

export interface SsfEdge extends ReturnType<typeof openEdge> {
  readonly idp: Idp;
  /** Delivers a token, or a request. */
  deliver(token: string | WebRequest): ReturnType<ReturnType<typeof openEdge>['send']>;
}

/** `fields`: of the issuer, besides its URLs and audience. */
export async function openSsf(
  keys: readonly unknown[],
  fields: object = {},
  edge: Omit<NonNullable<Parameters<typeof openEdge>[0]>, 'sources'> = {},
): Promise<SsfEdge> {
  const idp = await startIdp(keys);
  onTestFinished(() => idp.close());
  const { source, now } = ssfOf(idp, fields);
  const opened = openEdge({ ...edge, sources: new Map([[NAME, source]]) });
  now.of = () => opened.outside.clock.now();
  const deliver = (token: string | WebRequest) => opened.send(NAME, typeof token === 'string' ? push(token) : token);
  return { ...opened, idp, deliver };
}

function ssfOf({ issuer, jwksUrl }: Idp, fields: object) {
  const text = JSON.stringify({ idp: { issuer, jwksUrl, audience: AUDIENCE, algorithms: ['ES256'], ...fields } });
  const parsed = parseSsfIssuers(text);
  const configured = parsed.kind === 'issuers' ? parsed.issuers.get('idp') : undefined;
  if (configured === undefined) throw new Error(JSON.stringify(parsed));
  const now = { of: () => 0 };
  const verify = createVerifySignature({ issuer, jwksUrl: configured.jwksUrl, now: () => now.of() });
  return { now, source: ssfSource('idp', { issuer: configured, verify, hasSecret: configured.secret !== undefined }) };
}
