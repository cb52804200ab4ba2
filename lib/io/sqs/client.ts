/** The client of SQS. */
import { createSdkClient, type SdkOverrides } from '../aws/sdk.ts';

/** Loads the SDK and creates a client. */
export const loadSqs = async (overrides: SdkOverrides) => {
  const sdk = await import('@aws-sdk/client-sqs');
  // By default the host of a queue URL would win over AWS_ENDPOINT_URL_SQS.
  const create = (settings: ConstructorParameters<typeof sdk.SQSClient>[0]) =>
    new sdk.SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
  return { sdk, client: await createSdkClient(create, overrides) };
};
