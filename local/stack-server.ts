/**
 * A fake CloudFormation and Systems Manager with the two calls of `revoker --stack`: DescribeStacks (query protocol,
 * XML) and GetParametersByPath (JSON 1.1), for stacks that tests make up.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { type Listening, listenOnLoopback } from './listen.ts';

export interface LocalStack {
  readonly outputs: Readonly<Record<string, string>>;
  /** Values by the names of parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface StackServer extends Listening {
  /** By name; a test may change them at any time. */
  readonly stacks: Map<string, LocalStack>;
}

/** Epoch seconds. */
const CHANGED_AT = 1_790_000_000;
/** (GetParametersByPath, MaxResults) */
const PAGE = 10;

type Value = string | { readonly 'Fn::Join': readonly [string, readonly string[]] };
type Settings = (packager: { resolveVariable(name: string): Promise<unknown> }) => Promise<{
  readonly Resources: Readonly<
    Record<string, { readonly Properties: { readonly Name: string; readonly Value: Value } }>
  >;
}>;

const settingsOf: Settings = createRequire(import.meta.url)('../deploy/settings.cjs');

/**
 * The stack that a deployment with these variables makes: deploy/settings.cjs says what it stores. A value may be
 * `@path`.
 */
export async function stackOf(name: string, variables: Readonly<Record<string, string>>): Promise<LocalStack> {
  const known: Readonly<Record<string, unknown>> = {
    'self:custom.name': name,
    'self:provider.environment': variables,
    'param:protected': variables.PROTECTED,
    'param:senders': variables.SENDERS,
    'param:webhooks': variables.WEBHOOKS,
    'param:ssfIssuers': variables.SSF_ISSUERS,
  };
  const { Resources } = await settingsOf({ resolveVariable: async (variable) => known[variable] });
  return {
    outputs: { SettingsPath: `/${name}/settings` },
    parameters: Object.fromEntries(
      Object.values(Resources).map(({ Properties: { Name, Value: value } }) => [
        Name,
        typeof value === 'string' ? value : value['Fn::Join'][1].join(value['Fn::Join'][0]),
      ]),
    ),
  };
}

/** Starts on a free port. */
export async function startStackServer(initial: Readonly<Record<string, LocalStack>> = {}): Promise<StackServer> {
  const stacks = new Map(Object.entries(initial));
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.headers['x-amz-target'] === 'AmazonSSM.GetParametersByPath') answerParameters(response, stacks, body);
    else answerStack(response, stacks, request, new URLSearchParams(body));
  });
  return { ...(await listenOnLoopback(server)), stacks };
}

function answerStack(
  response: ServerResponse,
  stacks: ReadonlyMap<string, LocalStack>,
  { headers }: IncomingMessage,
  query: URLSearchParams,
): void {
  const name = query.get('StackName') ?? '';
  const stack = query.get('Action') === 'DescribeStacks' ? stacks.get(name) : undefined;
  const type = { 'content-type': 'text/xml' };
  if (stack === undefined || headers.authorization === undefined) {
    const message = `<Message>Stack with id ${escapeXml(name)} does not exist</Message>`;
    const error = `<Error><Type>Sender</Type><Code>ValidationError</Code>${message}</Error>`;
    response.writeHead(400, type).end(`<ErrorResponse>${error}<RequestId>0</RequestId></ErrorResponse>`);
    return;
  }
  const outputs = Object.entries(stack.outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${escapeXml(key)}</OutputKey><OutputValue>${escapeXml(value)}</OutputValue></member>`,
  );
  const member =
    `<member><StackId>${escapeXml(arnOf(name))}</StackId><StackName>${escapeXml(name)}</StackName>` +
    '<StackStatus>UPDATE_COMPLETE</StackStatus>' +
    `<CreationTime>2026-11-23T09:30:00Z</CreationTime><Outputs>${outputs.join('')}</Outputs></member>`;
  const result = `<DescribeStacksResult><Stacks>${member}</Stacks></DescribeStacksResult>`;
  response.writeHead(200, type).end(`<DescribeStacksResponse>${result}</DescribeStacksResponse>`);
}

const arnOf = (name: string): string =>
  `arn:aws:cloudformation:us-east-1:000000000000:stack/${name}/51af3dc0-da77-11e4-872e-1234567db123`;

const escapeXml = (value: string): string =>
  value.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`).replaceAll('\n', '&#10;');

function answerParameters(response: ServerResponse, stacks: ReadonlyMap<string, LocalStack>, body: string): void {
  const { Path: path = '', NextToken: token = '0' }: Record<string, string> = JSON.parse(body);
  const all = [...stacks.values()].flatMap(({ parameters }) => Object.entries(parameters));
  // In no order of their names, as the service promises none.
  const found = all.filter(([name]) => name.startsWith(`${path}/`)).toReversed();
  const start = Number(token);
  const parameters = found.slice(start, start + PAGE).map(([Name, Value]) => ({
    Name,
    Value,
    Type: 'String',
    LastModifiedDate: CHANGED_AT,
  }));
  const next = start + PAGE < found.length ? { NextToken: String(start + PAGE) } : {};
  response
    .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    .end(JSON.stringify({ Parameters: parameters, ...next }));
}
