/** Secret-scanning alerts of GitHub: each becomes an event that refers to it, as its webhook would. */
import { type CanonicalEvent, parseEvent } from '../canonical.ts';
import { instant } from '../fields.ts';
import { fieldsOf } from '../shapes.ts';
import { alertStateOf } from '../sources/github-state.ts';
import { firstGroup, present, shortText } from '../sources/reading.ts';

export interface AlertEvents {
  readonly events: readonly CanonicalEvent[];
  /** Rows that are no alert of a repository, or closed as revoked. */
  readonly unreadable: number;
}

export interface AlertOrigin {
  /** Whose list it is, `owner/name`. Undefined: rows name theirs. */
  readonly repository: string | undefined;
  readonly receivedVia: 'backfill' | 'scan-report';
}

/** The same alert gives the same event, whenever it is listed, until it is closed. `now` in epoch ms. */
export function alertEvents(rows: readonly unknown[], origin: AlertOrigin, now: number): AlertEvents {
  const outcomes = rows.map((row) => parseEvent(candidateOf(fieldsOf(row), origin), now));
  const events = outcomes.flatMap((outcome) => (outcome.kind === 'event' ? [outcome.event] : []));
  return { events, unreadable: outcomes.length - events.length };
}

function candidateOf(
  alert: Readonly<Record<string, unknown>>,
  { repository: home, receivedVia }: AlertOrigin,
): unknown {
  const repository = home ?? repositoryOf(alert);
  const number = Number.isSafeInteger(alert.number) ? Number(alert.number) : 0;
  const isClosed = alert.state !== 'open';
  if (repository === undefined || number < 1 || alertStateOf(alert) === 'revoked') return undefined;
  return {
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id: `${receivedVia}/${number}${isClosed ? '/closed' : ''}`,
    source: `github://${repository}`,
    time: instant.safeParse(alert.created_at).data,
    data: {
      reference: { provider: 'github', ref: `${repository}/${number}` },
      evidence: present({
        detector: shortText(alert, 'secret_type'),
        url: shortText(alert, 'html_url'),
        receivedVia,
      }),
    },
  };
}

/** The list of an organization names it; that of a repository has links. */
const repositoryOf = (alert: Readonly<Record<string, unknown>>): string | undefined =>
  firstGroup(/^([\w.-]{1,100}\/[\w.-]{1,100})$/, shortText(alert.repository, 'full_name')) ??
  firstGroup(
    /^https:\/\/[^/]+\/([\w.-]{1,100}\/[\w.-]{1,100})\/security\/secret-scanning\/\d+$/,
    shortText(alert, 'html_url'),
  );
