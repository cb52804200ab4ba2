/** Loads the SDK clients of the edge. */

/**
 * Resolves when the clients of SQS and Secrets Manager are loaded. Lambda gives a cold start more processor than an
 * invocation, and some senders wait for no more than 3 s; nothing is connected to.
 */
export const loadEdgeClients = async (): Promise<void> => {
  await Promise.all([import('@aws-sdk/client-sqs'), import('@aws-sdk/client-secrets-manager')]);
};
