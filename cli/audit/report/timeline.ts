/** What happened to each event: detected, accepted, confirmed, and every record in between. */

import type { AuditStep } from '../../../lib/audit/read-step.ts';
import { isCheck, isRefusal, type Story } from '../incidents.ts';
import { clock, instant, machine, STANDINGS, several, span, TYPES, tellingOf, whole } from './format.ts';
import { claimedLink, type Html, html } from './html.ts';

/** Stories that are told whole, and steps of each: a page that nobody can open tells nothing. */
const MOST_STORIES = 500;
const MOST_STEPS = 60;
const MOST_TARGETS = 6;

/** Takes stories in the order of time; returns the section. */
export function timeline(stories: readonly Story[]): Html {
  const left = stories.length - MOST_STORIES;
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
<p class="soft small">Detected: the sender's own time. Accepted: our first record of the event. Confirmed: the outcome that saw the last key gone.</p>
${stories.slice(0, MOST_STORIES).map(storyHtml)}
${left > 0 ? html`<p class="soft">${whole(left)} later events are counted above and not told here: make reports of shorter spans.</p>` : undefined}
</section>`;
}

function storyHtml(story: Story): Html {
  const [words, tone] = STANDINGS[story.standing];
  const waits = story.standing === 'waiting' ? html` <span class="id">${story.code}</span>` : undefined;
  return html`<article class="card story"><header><span class="pill ${tone}">${words}</span>${waits}
<h3>${titleOf(story)}</h3><span class="targets id">${targetsOf(story)}</span></header>
${wayOf(story)}
<div class="facts"><span>${story.id === '' ? html`Message <span class="id">${story.messageId}</span>` : html`Event <span class="id">${story.id}</span>`}</span>
${story.source === '' ? undefined : html`<span>Source, claimed by the sender: ${claimedLink(story.source)}</span>`}
<span>Sent by <span class="id">${story.sender || 'nobody known'}</span></span>${story.lane === '' ? undefined : html`<span>${story.lane} lane</span>`}</div>
${stepsOf(story.steps)}</article>
`;
}

const titleOf = (story: Story): string => {
  if (isRefusal(story)) return 'Refused request';
  return TYPES[story.type] ?? (story.type === '' ? 'Unreadable message' : story.type);
};

function targetsOf({ targets }: Story): string {
  const more = targets.length - MOST_TARGETS;
  return [...targets.slice(0, MOST_TARGETS), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

interface Station {
  readonly name: string;
  readonly at?: number;
  /** The station before, by which it is measured. */
  readonly since?: number;
  readonly done?: boolean;
  readonly otherwise: string;
}

function wayOf(story: Story): Html {
  const { detected, accepted, confirmed, standing } = story;
  const stations: readonly Station[] = [
    { name: 'Detected', ...(detected === undefined ? {} : { at: detected }), otherwise: 'the event gives no time' },
    { name: 'Accepted', at: accepted, ...(detected === undefined ? {} : { since: detected }), otherwise: '' },
    {
      name: 'Confirmed',
      ...(confirmed === undefined ? {} : { at: confirmed, done: true }),
      since: accepted,
      otherwise: standing === 'nothing' ? 'there was nothing to revoke' : 'not in this log',
    },
  ];
  return html`<ol class="way">${stations.map(stationHtml)}</ol>`;
}

function stationHtml({ name, at, since, done, otherwise }: Station): Html {
  if (at === undefined) return html`<li class="missing"><b>${name}</b>${otherwise}</li>`;
  const after =
    since === undefined
      ? undefined
      : html` <span class="after">${at < since ? `${span(since - at)} before` : `+${span(at - since)}`}</span>`;
  return html`<li class="${done ? 'done' : ''}"><b>${name}</b><time class="time" datetime="${machine(at)}">${instant(at)}</time>${after}</li>`;
}

function stepsOf(steps: readonly AuditStep[]): Html {
  const left = steps.length - MOST_STEPS;
  return html`<details><summary>${several(steps.length, 'record')}</summary><ol class="steps">${steps
    .slice(0, MOST_STEPS)
    .map(stepHtml)}</ol>${left > 0 ? html`<p class="soft">${whole(left)} more</p>` : undefined}</details>`;
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
const SILENT: ReadonlySet<string> = new Set(['intent', 'refusal']);

function stepHtml(step: AuditStep): Html {
  const { phase, code, name, target, time } = step;
  const what = phase === 'note' ? name : `${PHASES[phase] ?? phase}${SILENT.has(phase) ? '' : `: ${code}`}`;
  const more = [target, tellingOf(step)].filter(Boolean).join(', ');
  return html`<li><time class="time" datetime="${machine(time)}">${clock(time)}</time><span class="what">${what}</span><span class="more">${more}</span></li>`;
}

/** Takes stories; returns those of events that senders sent: no looks of our own afterwards, nothing that did not get in. */
export const sentStories = (stories: readonly Story[]): readonly Story[] =>
  stories.filter((story) => !isCheck(story) && !isRefusal(story));
