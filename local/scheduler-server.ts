/**
 * A loopback stand-in for EventBridge Scheduler: CreateSchedule, GetSchedule and DeleteSchedule as its REST-JSON
 * protocol has them. Stricter than AWS in what it accepts, and nothing fires by itself: `fireDue` is the clock.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Listening, listenOnLoopback } from './listen.ts';
import { createRequest, scheduleName } from './schedule-request.ts';
import { type Deliver, type ScheduleStore, scheduleStore } from './schedule-store.ts';

/** `lost-answer`: the request has its effect, then the connection breaks. */
export type SchedulerFault = 'throttle' | 'server-error' | 'lost-answer';

export interface SchedulerServer extends Listening {
  /** Tries each schedule due at `now` (epoch ms) once, deletes it as it asked; returns how many the target took. */
  fireDue(now: number): Promise<number>;
  /** The next `times` requests (1) meet this fault. */
  fail(fault: SchedulerFault, times?: number): void;
  /** Names of the stored schedules, oldest first. */
  names(): readonly string[];
}

export interface SchedulerServerOptions {
  readonly deliver: Deliver;
  /** The schedule groups that exist; `default` alone if absent. */
  readonly groups?: readonly string[];
}

interface Call {
  readonly name: string;
  readonly group: string;
  readonly text: string;
}
interface Answer {
  readonly status: number;
  readonly error?: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const refusal = (status: number, error: string, message: string): Answer => ({
  status,
  error,
  body: { Message: message },
});
const notFound = (what: string): Answer => refusal(404, 'ResourceNotFoundException', `${what} does not exist.`);
const arnOf = (group: string, name: string): string =>
  `arn:aws:scheduler:us-east-1:000000000000:schedule/${group}/${name}`;

const SIGNED = /^AWS4-HMAC-SHA256 .*\/scheduler\/aws4_request/;
const FAULTS = {
  throttle: ['ThrottlingException', 429],
  'server-error': ['InternalServerException', 500],
} as const;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What each method does; `groups` are those that exist. */
const operations = (
  store: ScheduleStore,
  groups: readonly string[],
): Readonly<Record<string, (call: Call) => Answer>> => ({
  POST({ name, text }) {
    const request = createRequest.safeParse(parsed(text));
    if (!request.success) return refusal(400, 'ValidationException', `Invalid request: ${text}`);
    const { GroupName: group } = request.data;
    if (!groups.includes(group)) return notFound(`Schedule group ${group}`);
    if (store.create(name, request.data)) return { status: 200, body: { ScheduleArn: arnOf(group, name) } };
    return refusal(409, 'ConflictException', `Schedule ${name} already exists.`);
  },
  GET({ name, group }) {
    const stored = store.get(group, name);
    if (stored === undefined) return notFound(`Schedule ${name}`);
    const { ClientToken: _, ...request } = stored.request;
    return { status: 200, body: { Name: name, Arn: arnOf(group, name), State: 'ENABLED', ...request } };
  },
  DELETE({ name, group }) {
    return store.remove(group, name) ? { status: 200, body: {} } : notFound(`Schedule ${name}`);
  },
});

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const send = (response: ServerResponse, { status, error, body }: Answer): void => {
  const type = error === undefined ? {} : { 'x-amzn-errortype': error };
  response.writeHead(status, { 'content-type': 'application/json', ...type }).end(JSON.stringify(body));
};

type Operations = ReturnType<typeof operations>;

const answerTo = ({ method = '', url = '', headers }: IncomingMessage, text: string, perform: Operations): Answer => {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  // Not decoded: a name that needs an escape is none.
  const name = /^\/schedules\/([^/]+)$/.exec(pathname)?.[1] ?? '';
  const operation = perform[method];
  if (!SIGNED.test(headers.authorization ?? ''))
    return refusal(403, 'AccessDeniedException', 'Missing Authentication Token');
  if (operation === undefined || name === '') return refusal(404, 'UnknownOperationException', pathname);
  if (!scheduleName.safeParse(name).success) return refusal(400, 'ValidationException', `Invalid name: ${name}`);
  return operation({ name, group: searchParams.get('groupName') ?? 'default', text });
};

/** Starts on a free port of 127.0.0.1. Error messages quote requests, as on AWS. */
export const startSchedulerServer = async (options: SchedulerServerOptions): Promise<SchedulerServer> => {
  const store = scheduleStore(options.deliver);
  const perform = operations(store, options.groups ?? ['default']);
  const faults: SchedulerFault[] = [];

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const text = await textOf(request);
    const fault = faults.shift();
    if (fault === 'throttle' || fault === 'server-error') {
      const [error, status] = FAULTS[fault];
      return send(response, refusal(status, error, `Injected fault: ${text}`));
    }
    const answer = answerTo(request, text, perform);
    return fault === 'lost-answer' ? response.destroy() : send(response, answer);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  return {
    ...(await listenOnLoopback(server)),
    fireDue: (now) => store.fireDue(now),
    fail: (fault, times = 1) => {
      faults.push(...Array<SchedulerFault>(times).fill(fault));
    },
    names: () => store.all().map(({ name }) => name),
  };
};
