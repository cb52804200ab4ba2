/** Which IAM permission a request to AWS needs, and on what. (Service Authorization Reference) */

export interface AwsRequest {
  readonly method: string;
  readonly path: string;
  /** The header X-Amz-Target, such as `AmazonSQS.SendMessage`. */
  readonly target: string;
  /** JSON, or the fields of a form. */
  readonly body: unknown;
}

/**
 * `action` is an IAM action, `resource` the name in the request: of a queue, table, secret, bus, schedule group,
 * role, stack, function or path of parameters.
 */
export interface AwsCall {
  readonly action: string;
  readonly resource: string;
}

export type AwsService =
  | 'sqs'
  | 'dynamodb'
  | 'secretsmanager'
  | 'events'
  | 'logs'
  | 'scheduler'
  | 'ssm'
  | 'cloudformation'
  | 'lambda';

interface JsonService {
  readonly service: AwsService;
  readonly resourceOf: (body: Fields) => string;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? { ...value } : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** By what stands before the dot in X-Amz-Target. */
const JSON_SERVICES: Readonly<Record<string, JsonService>> = {
  AmazonSQS: { service: 'sqs', resourceOf: ({ QueueUrl }) => text(QueueUrl).replace(/^.*\//, '') },
  DynamoDB_20120810: {
    service: 'dynamodb',
    resourceOf: ({ TableName, RequestItems }) => text(TableName) || Object.keys(fieldsOf(RequestItems)).join(),
  },
  secretsmanager: { service: 'secretsmanager', resourceOf: ({ SecretId }) => text(SecretId) },
  Logs_20140328: { service: 'logs', resourceOf: (body) => logGroupsIn(body) },
  AmazonSSM: { service: 'ssm', resourceOf: ({ Path }) => text(Path) },
  AWSEvents: {
    service: 'events',
    resourceOf: ({ Entries: entries }) => text(fieldsOf(Array.isArray(entries) ? entries[0] : {}).EventBusName),
  },
};

/** Policies name all log groups of a stack at once; the results of a query have no resource. */
function logGroupsIn({ logGroupName, logGroupNames: names }: Fields): string {
  const name = text(logGroupName) || text(Array.isArray(names) ? names[0] : undefined);
  return name.replace(/-\w+$/, '-*') || '*';
}

const SCHEDULE_ACTIONS: Readonly<Record<string, string>> = {
  POST: 'CreateSchedule',
  GET: 'GetSchedule',
  DELETE: 'DeleteSchedule',
};

const jsonService = ({ target }: AwsRequest): JsonService | undefined => JSON_SERVICES[target.replace(/\..*$/, '')];

/** The one call in AWS' query protocol that has a resource. */
const isDescribeStacks = ({ body }: AwsRequest): boolean => fieldsOf(body).Action === 'DescribeStacks';

/** The function that the request invokes. (Lambda API reference, Invoke) */
const invokedBy = ({ path }: AwsRequest): string | undefined =>
  /^\/2015-03-31\/functions\/([^/?]+)\/invocations/.exec(path)?.[1];

/** Undefined for a request of a service that the product does not use. */
export function serviceOf(request: AwsRequest): AwsService | undefined {
  const json = jsonService(request);
  if (json !== undefined) return json.service;
  if (request.path.startsWith('/schedules/')) return 'scheduler';
  if (invokedBy(request) !== undefined) return 'lambda';
  return isDescribeStacks(request) ? 'cloudformation' : undefined;
}

const scheduleCalls = ({ method, path, body }: AwsRequest): readonly AwsCall[] => {
  const { GroupName, Target } = fieldsOf(body);
  const group = text(GroupName) || (new URL(path, 'http://scheduler').searchParams.get('groupName') ?? 'default');
  const call = { action: `scheduler:${SCHEDULE_ACTIONS[method]}`, resource: group };
  // The caller hands the role over to the service.
  return method === 'POST' ? [call, { action: 'iam:PassRole', resource: text(fieldsOf(Target).RoleArn) }] : [call];
};

/** A batch needs the permission of the single call. */
export const callsOf = (request: AwsRequest): readonly AwsCall[] => {
  const json = jsonService(request);
  const invoked = invokedBy(request);
  if (invoked !== undefined) return [{ action: 'lambda:InvokeFunction', resource: invoked }];
  if (isDescribeStacks(request))
    return [{ action: 'cloudformation:DescribeStacks', resource: text(fieldsOf(request.body).StackName) }];
  if (json === undefined) return serviceOf(request) === 'scheduler' ? scheduleCalls(request) : [];
  const operation = request.target.replace(/^.*\./, '').replace(/Batch$/, '');
  return [{ action: `${json.service}:${operation}`, resource: json.resourceOf(fieldsOf(request.body)) }];
};
