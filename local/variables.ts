/** The bundle and the environment variables of a function on localhost. */
import { fileURLToPath } from 'node:url';
import type { OwnRole } from '../lib/model/sender.ts';
import type { Queues } from './queues.ts';

const built = (handler: string): string => fileURLToPath(new URL(`../dist/handlers/${handler}.mjs`, import.meta.url));

/** What `npm run build` makes and the functions run. */
export const BUNDLE = built('revoke');
export const REPLAY_BUNDLE = built('replay');
export const INGEST_BUNDLE = built('ingest');
export const NOTIFY_BUNDLE = built('notify');
export const RECONCILE_BUNDLE = built('reconcile');

/** Role ids of our functions and schedules. On localhost they are also the access keys that sign requests. */
export const LOCAL_ROLES: Readonly<Record<OwnRole, string>> = {
  ingest: 'AROALOCALINGEST',
  revoke: 'AROALOCALREVOKE',
  replay: 'AROALOCALREPLAY',
  scheduler: 'AROALOCALSCHEDULER',
  canary: 'AROALOCALCANARY',
  reconcile: 'AROALOCALRECONCILE',
};

/** The variable that makes a function sign as a role of ours. */
export const actAs = (role: OwnRole) => ({ AWS_ACCESS_KEY_ID: LOCAL_ROLES[role] });

/** OWN_ROLES on localhost. */
export const OWN_ROLES = JSON.stringify(
  Object.fromEntries(Object.entries(LOCAL_ROLES).map(([role, id]) => [id, role])),
);

/** METRIC_SERVICE for the CLI on localhost: its functions are `local-replay` and `local-reconcile`. */
export const SERVICE = 'local';

/** The name of the ledger's table. */
export const TABLE = 'ledger';

/** LIMITS for runs of many leaked keys without a ledger: its defaults, but no limit on keys. */
export const WITHOUT_KEY_LIMITS = JSON.stringify({
  sourcePer10Minutes: 25,
  sourcePerDay: 100,
  totalPer10Minutes: 100,
  totalPerDay: 400,
  senderKeysPer10Minutes: 'off',
  senderKeysPerDay: 'off',
});

/** Where the parts are. Endpoints that a run does not need may be left out. */
export interface Parts {
  readonly queues: Queues;
  readonly api: { readonly url: string; readonly token: string };
  readonly sqs: string;
  readonly dynamodb?: string;
  readonly scheduler?: string;
  /** For the CLI, which invokes functions. */
  readonly lambda?: string;
}

/** Variables of a function, or of the CLI, with revocations enforced. A function also acts as its role: `actAs`. */
export const variablesFor = ({ queues, api, sqs, dynamodb, scheduler, lambda }: Parts): Record<string, string> => ({
  MODE: 'enforce',
  URGENT_QUEUE_URL: queues.urgent.url,
  BULK_QUEUE_URL: queues.bulk.url,
  DEAD_LETTER_QUEUE_URL: queues.deadLetters.url,
  BULK_QUEUE_ARN: queues.bulk.arn,
  DEAD_LETTER_QUEUE_ARN: queues.deadLetters.arn,
  SCHEDULER_ROLE_ARN: 'arn:aws:iam::000000000000:role/scheduler',
  LEDGER_TABLE: TABLE,
  OWN_ROLES,
  COREWEAVE_API_URL: api.url,
  COREWEAVE_API_TOKEN: api.token,
  AWS_ENDPOINT_URL_SQS: sqs,
  ...(dynamodb === undefined ? {} : { AWS_ENDPOINT_URL_DYNAMODB: dynamodb }),
  ...(scheduler === undefined ? {} : { AWS_ENDPOINT_URL_SCHEDULER: scheduler }),
  ...(lambda === undefined ? {} : { AWS_ENDPOINT_URL_LAMBDA: lambda, METRIC_SERVICE: SERVICE }),
});
