/** The localhost stack with webhooks: HTTP API, secrets, and a GitHub stub. Needs `npm run build`. */
import { createHmac, randomUUID } from 'node:crypto';
import { type Edge, startEdge } from '../../local/edge.ts';
import { type GithubServer, startGithubServer } from '../../local/github-server.ts';
import { type SecretsServer, startSecretsServer } from '../../local/secrets-server.ts';
import { type AuditLine, type Stack, type StackOptions, startStack } from './stack.ts';

/** What every sender's secret is until a test changes it. */
export const SHARED = ['shared', randomUUID()].join('-');

export interface EdgeStack {
  readonly stack: Stack;
  readonly edge: Edge;
  readonly github: GithubServer;
  readonly secrets: SecretsServer;
  /** Every line that either function wrote. */
  output(): readonly string[];
  /** Parsed lines of the edge's audit log. */
  readonly audit: readonly AuditLine[];
  /** Sends a request to the edge. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a delivery as GitHub does, signed with the shared secret. */
  deliver(event: string, payload: object): Promise<Response>;
  close(): Promise<void>;
}

const SOURCES = ['github', 'gitlab', 'gitguardian', 'okta', 'scim', 'standard-webhooks'];

export interface EdgeStackOptions extends StackOptions {
  /** Variables of `ingest` alone. */
  readonly edgeEnv?: Readonly<Record<string, string>>;
  /** More secrets, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Starts everything on free ports, every source set up. */
export async function startEdgeStack(options: EdgeStackOptions = {}): Promise<EdgeStack> {
  const github = await startGithubServer();
  const secrets = await startSecretsServer({
    'github/token': github.token,
    ...Object.fromEntries(SOURCES.map((name) => [`hooks/${name}`, SHARED])),
    ...options.secrets,
  });
  const stack = await startStack({
    ...options,
    env: {
      GITHUB_API_URL: github.endpoint,
      GITHUB_TOKEN_SECRET_ID: 'github/token',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
      PRINCIPAL_TEMPLATES: '["saml/{login}"]',
      ...options.env,
    },
  });
  const audit: AuditLine[] = [];
  const lines: string[] = [];
  const edge = await startEdge({
    queues: stack.queues,
    sqs: stack.sqsEndpoint,
    secrets: secrets.endpoint,
    dynamodb: stack.ledgerEndpoint,
    sources: Object.fromEntries(SOURCES.map((name) => [name, `hooks/${name}`])),
    env: options.edgeEnv ?? {},
    onAudit: (line) => {
      lines.push(line);
      audit.push(JSON.parse(line));
    },
    onLog: (line) => lines.push(line),
  });
  const request = (path: string, init?: RequestInit) => fetch(`${edge.url}${path}`, init);
  return {
    stack,
    edge,
    github,
    secrets,
    audit,
    output: () => [...lines, ...stack.output],
    request,
    deliver(event, payload) {
      const body = JSON.stringify(payload);
      const signature = createHmac('sha256', SHARED).update(body).digest('hex');
      const headers = {
        'content-type': 'application/json',
        'x-github-event': event,
        'x-hub-signature-256': `sha256=${signature}`,
      };
      return request('/github', { method: 'POST', headers, body });
    },
    close: async () => void (await Promise.all([edge, stack, github, secrets].map((each) => each.close()))),
  };
}
