/**
 * Lines of a log as CloudWatch Logs hands them to a subscribed function. (CloudWatch Logs guide, subscription filters)
 */
import { gzipSync } from 'node:zlib';

/** The event of a Lambda invocation by CloudWatch Logs. */
export const logDelivery = (lines: readonly string[], messageType = 'DATA_MESSAGE') => ({
  awslogs: {
    data: gzipSync(
      JSON.stringify({
        messageType,
        owner: '123456789012',
        logGroup: '/aws/lambda/coreweave-revocation-dev-revokeUrgent',
        logStream: '2026/11/23/[$LATEST]0123456789abcdef',
        subscriptionFilters: ['notices'],
        logEvents: lines.map((message, n) => ({ id: `0000${n}`, timestamp: 1_795_426_200_000 + n, message })),
      }),
    ).toString('base64'),
  },
});
