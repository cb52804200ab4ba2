/** `fetch.mjs`, with the token from Secrets Manager by the SDK, fetched once (its guide, GetSecretValue). */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { revokeWith } from './by-fetch.mjs';
import { headersWith } from './revocation.mjs';

const client = new SecretsManagerClient({});
const command = new GetSecretValueCommand({ SecretId: process.env.COREWEAVE_API_TOKEN_SECRET_ID });
let token;

export const handler = async ({ Records: records }) => {
  token ??= (await client.send(command)).SecretString;
  const failed = await Promise.all(
    records.map((record) =>
      revokeWith(headersWith(token), record).then(
        () => [],
        () => [{ itemIdentifier: record.messageId }],
      ),
    ),
  );
  return { batchItemFailures: failed.flat() };
};
