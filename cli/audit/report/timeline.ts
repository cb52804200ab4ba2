/** The timeline of the report: each event with its milestones and every audit record of it. */
import type { AuditStep } from '../../../lib/audit/read-step.ts';
import { formatDuration, formatInteger, pluralize } from '../../../terminal/format.ts';
import { type EventHistory, type EventStatus, senderEvents } from '../incidents.ts';
import {
  describeStep,
  eventTitle,
  formatInstant,
  formatTime,
  NOT_FOUND_STEP,
  nameStep,
  STATUS_LABELS,
  toIsoInstant,
} from './format.ts';
import { claimedLink, type Html, html, section, statusPill } from './html.ts';

/** A page with more events or records could not be opened. */
const MAX_EVENTS = 500;
const MAX_STEPS = 60;
const MAX_TARGETS = 6;

const EXPLANATION = html`Detected: the sender's own time. Accepted: our first record of the event.
Confirmed: the outcome that verified the last key.`;

/** `events` in the order of time. */
export function timelineSection(events: readonly EventHistory[]): Html {
  const left = events.length - MAX_EVENTS;
  const more = 'later events are counted above but not listed: create reports of shorter time ranges.';
  return section(
    'timeline',
    'Timeline',
    html`
<p class="soft small">${EXPLANATION}${othersText(events)}</p>
${filterHtml(events.slice(0, MAX_EVENTS))}
${events.slice(0, MAX_EVENTS).map(eventHtml)}
${left > 0 ? html`<p class="soft">${formatInteger(left)} ${more}</p>` : undefined}
`,
  );
}

/** What the timeline has beside the events that the tiles count. */
function othersText(events: readonly EventHistory[]): string {
  const others = events.length - senderEvents(events).length;
  return others === 0 ? '' : ` Follow-up checks and refused requests, which are no events: ${formatInteger(others)}.`;
}

/** The anchor of an event by its place in the timeline; undefined: the page does not show it. */
export const anchorOf = (events: readonly EventHistory[], event: EventHistory): string | undefined => {
  const at = events.indexOf(event);
  return at < 0 || at >= MAX_EVENTS ? undefined : anchor(at);
};

const anchor = (at: number): string => `event-${at + 1}`;

/** A page without a script is filtered by its links: the style sheet hides the events of other statuses. */
function filterHtml(events: readonly EventHistory[]): Html {
  const counted = Object.entries(STATUS_LABELS).flatMap(([status, [label]]) => {
    const count = events.filter((event) => event.status === status).length;
    return count === 0 ? [] : [{ anchor: `only-${status}`, text: `${label} ${formatInteger(count)}` }];
  });
  if (counted.length < 2) return html``;
  const links = [{ anchor: 'timeline', text: `All ${formatInteger(events.length)}` }, ...counted].map(
    ({ anchor: to, text }) => html`<a href="#${to}">${text}</a> `,
  );
  return html`${counted.map(({ anchor: id }) => html`<span id="${id}"></span>`)}<p class="filter small">${links}</p>`;
}

/** A link to the article opens its details (HTML Standard, ancestor revealing algorithm). */
function eventHtml(event: EventHistory, at: number): Html {
  const code = event.status === 'waiting' ? html` <span class="id">${event.code}</span>` : undefined;
  return html`<details class="card story is-${event.status}"><summary>
${timeHtml(event.accepted, formatInstant(event.accepted))} ${statusPill(STATUS_LABELS[event.status])}${code}
<h3>${eventTitle(event)}</h3> <span class="targets id">${formatTargets(event)}</span></summary>
<article id="${anchor(at)}">${milestonesHtml(event)}
${factsHtml(event)}
${stepsHtml(event.steps)}</article></details>
`;
}

function factsHtml({ id, messageId, source, sender, lane }: EventHistory): Html {
  const link = source === '' ? undefined : html`<span>Source, claimed by the sender: ${claimedLink(source)}</span>`;
  return html`<div class="facts"><span>${
    id === '' ? html`Message <span class="id">${messageId}</span>` : html`Event <span class="id">${id}</span>`
  }</span>
${link}
<span>Sent by <span class="id">${sender || 'unknown'}</span></span>${
    lane === '' ? undefined : html`<span>${lane} queue</span>`
  }</div>`;
}

function formatTargets({ targets }: EventHistory): string {
  const more = targets.length - MAX_TARGETS;
  return [...targets.slice(0, MAX_TARGETS), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

interface Milestone {
  readonly name: string;
  readonly at?: number;
  /** The milestone before, from which the time is counted. */
  readonly since?: number;
  readonly done?: boolean;
  /** Shown without a time. */
  readonly otherwise: string;
}

/** Why there is no time of a confirmation, by the status. */
const UNCONFIRMED: Readonly<Partial<Record<EventStatus, string>>> = {
  nothing: 'there was nothing to revoke',
  'not-found': `the API does not know the key: ${NOT_FOUND_STEP}`,
};

function milestonesHtml({ detected, accepted, confirmed, status }: EventHistory): Html {
  const milestones: readonly Milestone[] = [
    { name: 'Detected', ...(detected === undefined ? {} : { at: detected }), otherwise: 'not in the event' },
    { name: 'Accepted', at: accepted, ...(detected === undefined ? {} : { since: detected }), otherwise: '' },
    {
      name: 'Confirmed',
      ...(confirmed === undefined ? {} : { at: confirmed, done: true }),
      since: accepted,
      otherwise: UNCONFIRMED[status] ?? 'not in this log',
    },
  ];
  return html`<ol class="way">${milestones.map(milestoneHtml)}</ol>`;
}

function milestoneHtml({ name, at, since, done, otherwise }: Milestone): Html {
  if (at === undefined) return html`<li class="missing"><b>${name}</b>${otherwise}</li>`;
  return html`<li class="${done ? 'done' : ''}"><b>${name}</b>${timeHtml(at, formatInstant(at))}${
    since === undefined ? undefined : html` <span class="after">${formatOffset(at - since)}</span>`
  }</li>`;
}

const timeHtml = (at: number, text: string): Html =>
  html`<time class="time" datetime="${toIsoInstant(at)}">${text}</time>`;

const formatOffset = (ms: number): string => (ms < 0 ? `${formatDuration(-ms)} before` : `+${formatDuration(ms)}`);

function stepsHtml(steps: readonly AuditStep[]): Html {
  const left = steps.length - MAX_STEPS;
  const items = steps.slice(0, MAX_STEPS).map(stepHtml);
  const more = left > 0 ? html`<p class="soft">${formatInteger(left)} more</p>` : undefined;
  return html`<h4>${pluralize(steps.length, 'record', formatInteger)}</h4>
<ol class="steps">${items}</ol>${more}`;
}

function stepHtml(step: AuditStep): Html {
  const { target, time } = step;
  const more = [target, describeStep(step)].filter(Boolean).join(', ');
  return html`<li>${timeHtml(time, formatTime(time))}
<span class="what">${nameStep(step)}</span><span class="more">${more}</span></li>`;
}
