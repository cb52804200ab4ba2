/** The work of every peer: the call that a leak needs. */

export const url = new URL('/v1/cwobject/revoke-access-key/access-key', process.env.COREWEAVE_API_URL);
export const headersWith = (token) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });
export const headers = headersWith(process.env.COREWEAVE_API_TOKEN);

/** The id of the event and the key. Throws where the body is no leak of a key. */
export function readLeak(body) {
  const { id, type, data } = JSON.parse(body);
  if (type !== 'credential.compromised.v1' || !/^CW[A-Z0-9]{10,30}$/.test(data.accessKeyId)) throw new Error('invalid');
  return { id, accessKeyId: data.accessKeyId };
}
