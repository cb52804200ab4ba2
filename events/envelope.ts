/**
 * Takes events out of what carried them: an SNS notification, an EventBridge event, a CloudEvents batch, or these
 * inside one another. Envelopes are told by shape; none of their other fields is required, checked or trusted.
 */
import { readJson } from './json-text.ts';
import { type Refusal, refusal } from './refusal.ts';
import { isRecord, MAX_PARTS } from './shapes.ts';
import { ofLogStream } from './sources/okta.ts';

/** Most envelopes around an event; a batch counts as one. */
const MAX_ENVELOPES = 3;

/** How the names of Okta's partner event sources begin. */
const OKTA = 'aws.partner/okta.com/';

/** What was in one place of a batch. A refused part does not spoil its siblings. */
export type EnvelopePart = { readonly kind: 'value'; readonly value: unknown } | Refusal;

export interface Parts {
  readonly kind: 'parts';
  /** At least one, in the order of the text. Each value is a candidate for `parseEvent`. */
  readonly parts: readonly EnvelopePart[];
}

export const TOO_MANY_PARTS = refusal('oversize', `expected at most ${MAX_PARTS} events in one message`);

/**
 * The parts of a message's body. A refusal when nothing of it can be used: those of `readJson`,
 * `unreadable` for an empty batch or for more than MAX_ENVELOPES envelopes, `oversize` for more than MAX_PARTS parts.
 * Inside a batch these befall the part alone, except for the number of parts.
 */
export function unwrap(text: string): Parts | Refusal {
  const parts: EnvelopePart[] = [];
  for (const part of partsOfText(text, 0)) {
    if (parts.length === MAX_PARTS) return TOO_MANY_PARTS;
    parts.push(part);
  }
  const refused = parts.find((part) => part.kind === 'refusal');
  return refused !== undefined && parts.length === 1 ? refused : { kind: 'parts', parts };
}

function* partsOfText(text: string, envelopes: number): Generator<EnvelopePart> {
  const json = readJson(text);
  if (json.kind === 'refusal') yield json;
  else yield* partsOf(json.value, envelopes);
}

function* partsOf(value: unknown, envelopes: number): Generator<EnvelopePart> {
  const contents = contentsOf(value);
  if (contents === undefined) yield { kind: 'value', value };
  else if (envelopes === MAX_ENVELOPES) yield refusal('unreadable', `expected at most ${MAX_ENVELOPES} envelopes`);
  else if ('why' in contents) yield { ...refusal('unknown-type', contents.why), ignored: true };
  else if ('text' in contents) yield* partsOfText(contents.text, envelopes + 1);
  else if (contents.values.length === 0) yield refusal('unreadable', 'expected a batch of at least one event');
  else for (const item of contents.values) yield* partsOf(item, envelopes + 1);
}

/** What an envelope holds, or why it is ignored. */
type Contents = { readonly text: string } | { readonly values: readonly unknown[] } | { readonly why: string };

/** Undefined: no envelope. */
function contentsOf(value: unknown): Contents | undefined {
  if (Array.isArray(value)) return { values: value };
  if (!isRecord(value)) return undefined;
  // Amazon SNS, message formats: `Message` is text, JSON only by the sender's will.
  if (Object.hasOwn(value, 'Type') && typeof value.Message === 'string') {
    return { text: value.Message };
  }
  // Okta's log stream: `detail` is a log event in Okta's form. (Okta, log streaming to EventBridge)
  if (typeof value.source === 'string' && value.source.startsWith(OKTA) && Object.hasOwn(value, 'detail')) {
    return ofLogStream(value.detail);
  }
  // Amazon EventBridge, event structure. The detail type is not the event's type: `detail` is the whole event.
  if (Object.hasOwn(value, 'detail-type') && Object.hasOwn(value, 'detail')) {
    return { values: [value.detail] };
  }
  return undefined;
}
