/**
 * Webhooks on the localhost stack: the built function `ingest` behind HTTP, the senders' secrets, and a stand-in for
 * GitHub with one open alert.
 */
import { randomUUID } from 'node:crypto';
import { startEdge } from '../edge.ts';
import { startGithubServer } from '../github-server.ts';
import type { Queues } from '../queues.ts';
import { startSecretsServer } from '../secrets-server.ts';
import { keyId } from './organization.ts';

/** The key that stands in GitHub's alert. */
export const ALERT_KEY = keyId('WEBHOOK');
const REPOSITORY = 'demo/app';
const SECRET_TYPE = 'coreweave_access_key_pair';
const ALERT = `/repos/${REPOSITORY}/secret-scanning/alerts/1`;
const SOURCES = ['github', 'okta', 'scim', 'standard-webhooks'];
/** The name of a sender's secret. */
const secretOf = (source: string): string => `webhooks/${source}`;
const TOKEN = 'github/token';

export interface WebhookServers {
  /** `http://127.0.0.1:<port>`; a sender's path is its name. */
  readonly url: string;
  /** Shared by all senders, and another one in each run. */
  readonly secret: string;
  /** Variables with which the revoke function looks alerts up. */
  readonly lookup: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

interface Parts {
  readonly queues: Queues;
  readonly sqs: string;
  readonly dynamodb: string;
  onAudit(line: string): void;
  onLog(line: string): void;
}

/** Starts on free ports. */
export async function startWebhooks(parts: Parts): Promise<WebhookServers> {
  const secret = randomUUID();
  const github = await startGithubServer();
  github.alerts.set(ALERT, {
    // Looks like the pair that GitHub found; composed at run time, so that no file contains it.
    secret: `${ALERT_KEY}:cwo${[randomUUID(), randomUUID()].join('').replaceAll('-', '').slice(0, 40)}`,
    secretType: SECRET_TYPE,
    state: 'open',
    resolution: null,
  });
  const secrets = await startSecretsServer({
    [TOKEN]: github.token,
    ...Object.fromEntries(SOURCES.map((source) => [secretOf(source), secret])),
  });
  const edge = await startEdge({
    ...parts,
    secrets: secrets.endpoint,
    sources: Object.fromEntries(SOURCES.map((source) => [source, secretOf(source)])),
  });
  return {
    url: edge.url,
    secret,
    lookup: {
      GITHUB_API_URL: github.endpoint,
      GITHUB_TOKEN_SECRET_ID: TOKEN,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    },
    close: async () => void (await Promise.all([edge, secrets, github].map((each) => each.close()))),
  };
}

/**
 * Lines for a POSIX shell with curl and openssl: a delivery about the open alert, signed as GitHub does. (GitHub docs,
 * validating webhook deliveries) `now`: epoch ms.
 */
export function signedDelivery({ url, secret }: Pick<WebhookServers, 'url' | 'secret'>, now: number): string[] {
  const body = JSON.stringify({
    action: 'created',
    alert: {
      number: 1,
      secret_type: SECRET_TYPE,
      updated_at: new Date(now).toISOString(),
      html_url: `https://github.com/${REPOSITORY}/security/secret-scanning/1`,
    },
    repository: { full_name: REPOSITORY },
  });
  return [
    `body='${body}'`,
    `signature=$(printf %s "$body" | openssl dgst -sha256 -hmac ${secret} -r | cut -d' ' -f1)`,
    `curl -i ${url}/github -d "$body" \\`,
    `  -H 'content-type: application/json' -H 'x-github-event: secret_scanning_alert' \\`,
    `  -H "x-hub-signature-256: sha256=$signature"`,
  ];
}
