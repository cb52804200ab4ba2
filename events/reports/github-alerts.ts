/** GitHub's list of open secret-scanning alerts: each becomes an event that refers to it, as its webhook would. */
import { type CanonicalEvent, parseEvent } from '../canonical.ts';
import { instant } from '../fields.ts';
import { fieldsOf } from '../shapes.ts';
import { firstGroup, present, shortText } from '../sources/reading.ts';

export interface AlertEvents {
  readonly events: readonly CanonicalEvent[];
  /** Rows that are no open alert of a repository. */
  readonly unreadable: number;
}

/**
 * `repository`: whose list it is, `owner/name`; rows of an organization name theirs. The same alert gives the same
 * event, whenever it is listed. `now` in epoch ms.
 */
export function alertEvents(rows: readonly unknown[], repository: string | undefined, now: number): AlertEvents {
  const outcomes = rows.map((row) => parseEvent(candidateOf(fieldsOf(row), repository), now));
  const events = outcomes.flatMap((outcome) => (outcome.kind === 'event' ? [outcome.event] : []));
  return { events, unreadable: outcomes.length - events.length };
}

function candidateOf(alert: Readonly<Record<string, unknown>>, home: string | undefined): unknown {
  const repository = home ?? firstGroup(/^([\w.-]{1,100}\/[\w.-]{1,100})$/, shortText(alert.repository, 'full_name'));
  const number = Number.isSafeInteger(alert.number) ? Number(alert.number) : 0;
  if (repository === undefined || number < 1 || alert.state !== 'open') return undefined;
  return {
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id: `backfill/${number}`,
    source: `github://${repository}`,
    time: instant.safeParse(alert.created_at).data,
    data: {
      reference: { provider: 'github', ref: `${repository}/${number}` },
      evidence: present({
        detector: shortText(alert, 'secret_type'),
        url: shortText(alert, 'html_url'),
        receivedVia: 'backfill',
      }),
    },
  };
}
