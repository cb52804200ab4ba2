/** What happened to each event: detected, accepted, confirmed, and every record in between. */

import type { Step } from '../../../lib/audit/read-step.ts';
import { formatDuration, formatInteger, pluralize } from '../../../terminal/format.ts';
import { type EventHistory, isCheck, isRefusal } from '../incidents.ts';
import { describeStep, formatInstant, formatTime, STATUS_LABELS, TYPE_NAMES, toIsoInstant } from './format.ts';
import { claimedLink, type Html, html } from './html.ts';

/** Stories that are told whole, and steps of each: a page that nobody can open tells nothing. */
const MAX_EVENTS = 500;
const MAX_STEPS = 60;
const MAX_TARGETS = 6;

/** Takes events in the order of time; returns the section. */
export function timelineSection(events: readonly EventHistory[]): Html {
  const left = events.length - MAX_EVENTS;
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
<p class="soft small">Detected: the sender's own time. Accepted: our first record of the event. Confirmed: the outcome that saw the last key gone.</p>
${events.slice(0, MAX_EVENTS).map(eventHtml)}
${left > 0 ? html`<p class="soft">${formatInteger(left)} later events are counted above and not told here: make reports of shorter spans.</p>` : undefined}
</section>`;
}

function eventHtml(event: EventHistory): Html {
  const [words, tone] = STATUS_LABELS[event.status];
  const waits = event.status === 'waiting' ? html` <span class="id">${event.code}</span>` : undefined;
  return html`<article class="card story"><header><span class="pill ${tone}">${words}</span>${waits}
<h3>${eventTitle(event)}</h3><span class="targets id">${formatTargets(event)}</span></header>
${milestonesHtml(event)}
<div class="facts"><span>${event.id === '' ? html`Message <span class="id">${event.messageId}</span>` : html`Event <span class="id">${event.id}</span>`}</span>
${event.source === '' ? undefined : html`<span>Source, claimed by the sender: ${claimedLink(event.source)}</span>`}
<span>Sent by <span class="id">${event.sender || 'nobody known'}</span></span>${event.lane === '' ? undefined : html`<span>${event.lane} lane</span>`}</div>
${stepsHtml(event.steps)}</article>
`;
}

const eventTitle = (event: EventHistory): string => {
  if (isRefusal(event)) return 'Refused request';
  return TYPE_NAMES[event.type] ?? (event.type === '' ? 'Unreadable message' : event.type);
};

function formatTargets({ targets }: EventHistory): string {
  const more = targets.length - MAX_TARGETS;
  return [...targets.slice(0, MAX_TARGETS), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

interface Milestone {
  readonly name: string;
  readonly at?: number;
  /** The station before, by which it is measured. */
  readonly since?: number;
  readonly done?: boolean;
  readonly otherwise: string;
}

function milestonesHtml(event: EventHistory): Html {
  const { detected, accepted, confirmed, status } = event;
  const stations: readonly Milestone[] = [
    { name: 'Detected', ...(detected === undefined ? {} : { at: detected }), otherwise: 'the event gives no time' },
    { name: 'Accepted', at: accepted, ...(detected === undefined ? {} : { since: detected }), otherwise: '' },
    {
      name: 'Confirmed',
      ...(confirmed === undefined ? {} : { at: confirmed, done: true }),
      since: accepted,
      otherwise: status === 'nothing' ? 'there was nothing to revoke' : 'not in this log',
    },
  ];
  return html`<ol class="way">${stations.map(milestoneHtml)}</ol>`;
}

function milestoneHtml({ name, at, since, done, otherwise }: Milestone): Html {
  if (at === undefined) return html`<li class="missing"><b>${name}</b>${otherwise}</li>`;
  const after =
    since === undefined
      ? undefined
      : html` <span class="after">${at < since ? `${formatDuration(since - at)} before` : `+${formatDuration(at - since)}`}</span>`;
  return html`<li class="${done ? 'done' : ''}"><b>${name}</b><time class="time" datetime="${toIsoInstant(at)}">${formatInstant(at)}</time>${after}</li>`;
}

function stepsHtml(steps: readonly Step[]): Html {
  const left = steps.length - MAX_STEPS;
  return html`<details><summary>${pluralize(steps.length, 'record', formatInteger)}</summary><ol class="steps">${steps
    .slice(0, MAX_STEPS)
    .map(stepHtml)}</ol>${left > 0 ? html`<p class="soft">${formatInteger(left)} more</p>` : undefined}</details>`;
}

const PHASES: Readonly<Record<string, string>> = {
  intent: 'Call announced',
  outcome: 'Outcome',
  hold: 'Held',
  'dead-letter': 'Dead letter',
  replay: 'Replay',
  refusal: 'Refused',
};

/** Their code says what their phase says. */
const WITHOUT_CODE: ReadonlySet<string> = new Set(['intent', 'refusal']);

function stepHtml(step: Step): Html {
  const { phase, code, name, target, time } = step;
  const what = phase === 'note' ? name : `${PHASES[phase] ?? phase}${WITHOUT_CODE.has(phase) ? '' : `: ${code}`}`;
  const more = [target, describeStep(step)].filter(Boolean).join(', ');
  return html`<li><time class="time" datetime="${toIsoInstant(time)}">${formatTime(time)}</time><span class="what">${what}</span><span class="more">${more}</span></li>`;
}

/** Takes events; returns those of events that senders sent: no looks of our own afterwards, nothing that did not get in. */
export const senderEvents = (events: readonly EventHistory[]): readonly EventHistory[] =>
  events.filter((event) => !isCheck(event) && !isRefusal(event));
