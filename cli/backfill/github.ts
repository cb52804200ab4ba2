/** `revoker backfill github`: sends the secret-scanning alerts that no webhook has reported. */
import { type Command, InvalidArgumentError } from 'commander';
import type { CanonicalEvent } from '../../events/canonical.ts';
import { alertEvents } from '../../events/reports/github-alerts.ts';
import type { AlertList, ListPage, ListRequest } from '../../lib/io/http/github-alert-list.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { type Context, helpText, printNotice, type Report, type RunAction } from '../context.ts';
import { toEventJson } from '../event.ts';
import { CliError, usageError } from '../failure.ts';
import { confirmMessages, formatMessages, sendMessages, toMessage, toSendReport } from '../revoke/send.ts';
import { openAlertList } from '../services.ts';
import { commandLine, toShellWord } from '../shell.ts';

interface Options {
  readonly org?: string;
  readonly repo?: string;
  readonly type?: string;
  readonly from?: string;
  readonly closed?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Pages of 100 alerts in one run. Each alert costs up to a dozen calls, of the 5,000 that GitHub allows in an hour. */
const MAX_PAGES = 10;
const TIMEOUT_MS = 30_000;
const MAX_TRIES = 3;
/** A longer wait ends the run: it can go on later. In seconds. */
const LONGEST_WAIT_S = 120;
const PAUSE_S = 5;

export function configureBackfillGithub(command: Command, runAction: RunAction): void {
  command
    .option('--org <name>', 'all repositories of an organization', parseBy(/^[\w-]{1,100}$/, 'acme'))
    .option('--repo <name>', 'one repository', parseBy(/^(?!\.+\/)[\w.-]{1,100}\/(?!\.+$)[\w.-]{1,100}$/, 'acme/app'))
    .option('--type <names>', 'types of secrets, with commas; default: all', parseBy(/^[\w,-]{1,500}$/, 'my_pattern'))
    .option('--from <cursor>', 'where a run ended', parseBy(/^(?:after|page)=[\w.%~-]{1,500}$/, 'after=Y3Vyc29y'))
    .option('--closed', 'alerts that were closed without a revocation, in place of open ones')
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpText(
        [
          ['backfill github --repo acme/app --dry-run', 'the open alerts of a repository'],
          ['backfill github --org acme --yes', 'sends up to 1,000 alerts, and says how to go on'],
          ['backfill github --org acme --closed', 'those that were dismissed at GitHub: they are held for approval'],
        ],
        '{"alerts","closed"|null,"unreadable","pages","next","stopped","sent":[{"lane","messageId","eventId",\n' +
          '"source","target"}],"failed":[…]}; with --dry-run "events":[…] instead of "sent" and "failed".\n' +
          'closed: alerts that were closed without a revocation and are left out, at most 100; null: not counted.\n' +
          'The same alert is the same event each time. Exit 3 where there are more alerts.',
      ),
    )
    .action((options: Options) => runAction((context) => backfillGithub(context, options)));
}

const parseBy =
  (form: RegExp, example: string) =>
  (text: string): string => {
    if (!form.test(text)) throw new InvalidArgumentError(`Expected something like ${example}.`);
    return text;
  };

interface Listing {
  readonly events: readonly CanonicalEvent[];
  readonly unreadable: number;
  readonly pages: number;
  /** Where to go on; undefined: that was all. */
  readonly next: string | undefined;
  /** Why it ended early. */
  readonly stopped: string | undefined;
}

/** Closed alerts that are left out; why they are not counted; undefined: they are sent. */
type LeftOut = { readonly count: number; readonly isAll: boolean } | { readonly why: string } | undefined;

/** Throws CliError `scope-unknown`, `alerts-refused` or `alerts-unavailable`, and as `confirm`. */
async function backfillGithub(context: Context, options: Options): Promise<Report> {
  const { terminal, env } = context;
  const scope = scopeOf(options);
  const list = openAlertList(env);
  const [listing, leftOut] = await withProgressMessage(
    context,
    'listing alerts at GitHub',
    async () =>
      [
        await listAlerts(context, list, { ...scope, options }),
        await countClosed(context, list, { ...scope, options }),
      ] as const,
  ).finally(() => list.end());
  const { events, unreadable, pages, next, stopped } = listing;
  const messages = events.map(toMessage);
  const closed = leftOut !== undefined && 'count' in leftOut ? leftOut.count : null;
  const told = { alerts: events.length, closed, unreadable, pages, next: next ?? null, stopped: stopped ?? null };
  const lines = [...summaryLines(context, options, listing), ...leftOutLines(leftOut)];
  const exitCode = next === undefined && unreadable === 0 ? 0 : 3;
  if (options.dryRun) {
    return {
      json: { ...told, events: events.map(toEventJson) },
      lines: [...formatMessages(messages, terminal.columns), ...lines],
      exitCode,
    };
  }
  await confirmMessages(context, messages, options.yes ?? false);
  const sent = toSendReport(await sendMessages(context, messages), terminal.columns);
  return { exitCode, ...sent, json: { ...told, ...sent.json }, lines: [...sent.lines, ...lines] };
}

function scopeOf({ org, repo }: Options): { readonly scope: string; readonly repository: string | undefined } {
  if ((org === undefined) === (repo === undefined)) {
    throw usageError('scope-unknown', 'expected either --org or --repo', 'give one of them');
  }
  return { scope: repo === undefined ? `orgs/${org}` : `repos/${repo}`, repository: repo };
}

interface Scope {
  readonly scope: string;
  readonly repository: string | undefined;
  readonly options: Options;
}

async function listAlerts(context: Context, list: AlertList, { scope, repository, options }: Scope): Promise<Listing> {
  const events: CanonicalEvent[] = [];
  let [next, unreadable] = [options.from, 0];
  for (let pages = 0; ; pages += 1) {
    if (pages === MAX_PAGES) return { events, unreadable, pages, next, stopped: undefined };
    const { type: types, closed = false } = options;
    const request = { scope, closed, ...(types && { types }), ...(next && { cursor: next }) };
    const page = await readPage(context, list, request);
    if (page.kind !== 'page') {
      if (events.length === 0) throw listFailure(page);
      return { events, unreadable, pages, next, stopped: page.kind === 'refused' ? page.why : page.code };
    }
    const read = alertEvents(page.alerts, { repository, receivedVia: 'backfill' }, context.clock.now());
    events.push(...read.events);
    unreadable += read.unreadable;
    if (page.next === undefined || page.next === next) {
      return { events, unreadable, pages: pages + 1, next: undefined, stopped: undefined };
    }
    next = page.next;
  }
}

/** One page tells whether there are any. */
async function countClosed(context: Context, list: AlertList, { scope, options }: Scope): Promise<LeftOut> {
  const { type: types, closed = false } = options;
  if (closed) return undefined;
  const page = await readPage(context, list, { scope, closed: true, ...(types && { types }) });
  if (page.kind === 'page') return { count: page.alerts.length, isAll: page.next === undefined };
  return { why: page.kind === 'refused' ? page.why : page.code };
}

function leftOutLines(leftOut: LeftOut): readonly Line[] {
  if (leftOut === undefined) return [];
  if ('why' in leftOut) return [[`closed alerts were not counted: ${leftOut.why}`]];
  const { count, isAll } = leftOut;
  const counted = isAll ? count : `${count} or more`;
  return count === 0 ? [] : [[`${counted} closed without a revocation, left out: add --closed to send them`]];
}

/** Waits where GitHub asks for it, or for a moment's trouble; not for longer than LONGEST_WAIT_S. */
async function readPage(context: Context, list: AlertList, request: ListRequest): Promise<ListPage> {
  for (let tried = 1; ; tried += 1) {
    const page = await list.page(request, TIMEOUT_MS);
    if (page.kind !== 'unavailable' || tried === MAX_TRIES) return page;
    const waitS = page.retryAfterS ?? PAUSE_S * tried;
    if (waitS > LONGEST_WAIT_S) return page;
    printNotice(context, [[`GitHub asks to wait (${page.code}): going on in ${waitS} s`]]);
    await context.clock.sleep(waitS * 1_000);
  }
}

function listFailure(page: Exclude<ListPage, { kind: 'page' }>): CliError {
  const status = page.status === undefined ? '' : ` (${page.status})`;
  if (page.kind === 'refused') {
    return new CliError({
      code: 'alerts-refused',
      message: `${page.why}${status}`,
      next: 'check the name, and that the token may read secret scanning alerts',
    });
  }
  const wait = page.retryAfterS === undefined ? 'in a while' : `in ${page.retryAfterS} s`;
  return new CliError({
    code: 'alerts-unavailable',
    message: `GitHub did not list its alerts: ${page.code}${status}`,
    next: `run it again ${wait}`,
  });
}

function summaryLines(
  context: Context,
  { org, repo, type, closed = false }: Options,
  listing: Listing,
): readonly Line[] {
  const { events, unreadable, pages, next, stopped } = listing;
  const words = [
    'backfill github',
    ...(org === undefined ? [] : ['--org', org]),
    ...(repo === undefined ? [] : ['--repo', repo]),
    ...(type === undefined ? [] : ['--type', type]),
    ...(closed ? ['--closed'] : []),
    ...(next === undefined ? [] : ['--from', toShellWord(next)]),
  ];
  return [
    [`${pluralize(events.length, closed ? 'closed alert' : 'open alert')} on ${pluralize(pages, 'page')}`],
    ...(unreadable > 0 ? [[`  ${unreadable} that name no alert and repository: look at GitHub`]] : []),
    ...(stopped === undefined ? [] : [[`ended early: ${stopped}`]]),
    ...(next === undefined ? [] : [[`there are more: ${commandLine(context, words.join(' '))}`]]),
  ];
}
