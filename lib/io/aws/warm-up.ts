/**
 * Loads the clients of SQS and Secrets Manager without connecting. Lambda gives a cold start more CPU than an
 * invocation, and some senders time out after 3 s.
 */
export const preloadClients = async (): Promise<void> => {
  await Promise.all([import('@aws-sdk/client-sqs'), import('@aws-sdk/client-secrets-manager')]);
};
