/** What the audit log says of each message, as its lines come in. */

export interface Entry {
  /** Epoch ms. */
  readonly at: number;
  readonly phase: string;
  readonly code: string;
  readonly messageId: string;
  readonly eventId: string;
  readonly late: boolean;
}

/** How a message's story stands. */
export interface Story {
  readonly last: string;
  /** Calls that were announced. */
  readonly attempts: number;
  /** Milliseconds from sending to the last word. */
  readonly tookMs: number | undefined;
}

/** Takes a line of the audit log (OCSF 1.9.0, class 3007); returns what the demo shows of it. */
export function entryOf(line: string): Entry {
  const { time, status_detail: code, metadata, unmapped } = JSON.parse(line);
  return {
    at: time,
    phase: unmapped.phase,
    code,
    messageId: metadata.original_event_uid,
    eventId: metadata.correlation_uid ?? '',
    late: unmapped.late_key === true,
  };
}

/** Takes the entries of one message, in order, and when it was sent; returns its story. */
export function storyOf(entries: readonly Entry[], sentAt: number): Story {
  const words = entries.filter(({ phase }) => phase !== 'intent');
  const last = words.at(-1);
  return {
    last: last?.code ?? 'nothing',
    attempts: entries.filter(({ phase }) => phase === 'intent').length,
    tookMs: last === undefined ? undefined : last.at - sentAt,
  };
}
