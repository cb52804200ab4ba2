/** How the Powertools variants process one parsed record: two lines of its logger around the call. */
import { Logger } from '@aws-lambda-powertools/logger';
import { headers, url } from './revocation.mjs';

export const logger = new Logger({ serviceName: 'revocation', logLevel: 'INFO' });

export const revokeRecord = (record) => revokeWith(headers, record);

export async function revokeWith(headers, { body: { id, data } }) {
  const { accessKeyId } = data;
  logger.info('intent', { event: id, accessKeyId });
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ accessKey: accessKeyId }) });
  await response.json();
  if (!response.ok) throw new Error(`status ${response.status}`);
  logger.info('outcome', { event: id, accessKeyId, status: response.status });
}
