/**
 * Notices for Slack and Microsoft Teams, in the schema of custom notifications of Amazon Q Developer in chat
 * applications, formerly AWS Chatbot. Nothing can be approved from chat: the service does not say who clicked.
 */
import { asciiJson } from '../model/json.ts';
import type { Notice } from './notice.ts';

/** (Amazon Q Developer in chat applications, administrator guide, custom notifications, event schema) */
export interface ChatMessage {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly id: string;
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly nextSteps?: readonly string[];
  };
  readonly metadata: {
    /** Messages about one event form a thread. */
    readonly threadId: string;
    readonly summary: string;
    readonly eventType: string;
    readonly enableCustomActions: false;
  };
}

const MAX_TITLE = 200;
/** A longer step could be cut, and a command that is cut does something else. */
const MAX_STEP = 300;

export interface ChatOptions {
  /** A digest of a text in hex. */
  readonly hash: (text: string) => string;
  /** Events of this source make no message. */
  readonly except: string;
}

/** The body of a message. Undefined: the notice makes none. */
export const chatTextOf = (notice: Notice, { hash, except }: ChatOptions): string | undefined =>
  notice.data.event.source === except ? undefined : asciiJson({ ...chatMessageOf(notice, hash) });

/** `hash` is a digest of a text in hex. */
export function chatMessageOf(notice: Notice, hash: (text: string) => string): ChatMessage {
  const { id, type, data } = notice;
  const { event, parent = event, summary } = data;
  return {
    version: '1.0',
    source: 'custom',
    id,
    content: {
      textType: 'client-markdown',
      title: summary.slice(0, MAX_TITLE),
      description: descriptionOf(notice),
      ...(data.runbook === '' ? {} : { nextSteps: stepsOf(notice) }),
    },
    metadata: {
      threadId: hash(JSON.stringify([parent.source, parent.id])).slice(0, 32),
      summary: summary.slice(0, MAX_TITLE),
      eventType: type,
      enableCustomActions: false,
    },
  };
}

function descriptionOf({ data }: Notice): string {
  const { target, detail, event, sender, senderName = '', timeToRevokeMs, mode } = data;
  const fields: readonly (readonly [name: string, text: string])[] = [
    ['Target', target],
    // Before what the sender claims, and apart from it: an id may name another source.
    ['Sender', senderName],
    ['Sender ID', sender],
    ['Source', event.source],
    ['Event', event.id],
    ['Rule', detail],
    ['Time to revoke', timeToRevokeMs === undefined ? '' : `${Math.round(timeToRevokeMs / 1_000)} s`],
    ['Mode', mode],
  ];
  const known = fields.filter(([, text]) => text !== '');
  return known.map(([name, text]) => `${name}: ${code(text)}`).join('\n');
}

/** Slack reads `<…>` and character references even within backquotes. (Slack API, formatting text for app surfaces) */
const SPECIAL = /[`<>]|&(?:amp|gt|lt);/g;
const PLAIN: Readonly<Record<string, string>> = { '`': "'", '<': '(', '>': ')' };

/** What to read, to look at and to run, in this order. A command that the chat would change is left out. */
function stepsOf({ data: { runbook, show, command } }: Notice): readonly string[] {
  const commands = [show, command].filter((text) => text !== '' && text.search(SPECIAL) === -1);
  return [`Read ${runbook}`, ...commands.map((text) => `\`${text}\``).filter((step) => step.length <= MAX_STEP)];
}

/** Senders choose most of these texts. Within backquotes Markdown has no links, mentions and formats. */
const code = (text: string): string => `\`${text.replace(SPECIAL, (special) => PLAIN[special] ?? '?').slice(0, 256)}\``;
