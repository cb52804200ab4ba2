/** What the demo hears of the stack: each line of its logs and each request to its queue, told on and looked at for the secret. */
import { hasten } from './haste.ts';
import { type Entry, type Journal, openJournal } from './journal.ts';
import { secret } from './scenario.ts';
import type { DemoStackOptions } from './stack.ts';
import { checkName } from './steps.ts';

/** Called as things happen. */
export interface Watcher {
  /** A step of the audit log, and whose it is. */
  onEntry(name: string, entry: Entry): void;
  /** Something that the demo itself does. */
  onNews(sentence: string): void;
  /** A line of the operational log. */
  onLog(line: string): void;
}

export interface Hearing {
  readonly journal: Journal;
  /** Where the secret of the scenario was seen. */
  readonly leaks: ReadonlySet<string>;
  /** Lines of the audit log that were no records. */
  readonly unreadableLines: number;
  /** For the stack. */
  readonly hooks: DemoStackOptions;
  /** Remembers the place if the text has the secret. */
  look(place: string, text: string): void;
}

/** Takes who is told of lines and entries; returns a hearing of which nothing was heard yet. */
export function openHearing({ onEntry, onLog }: Pick<Watcher, 'onEntry' | 'onLog'>): Hearing {
  const journal = openJournal();
  const leaks = new Set<string>();
  let unreadableLines = 0;
  const look = (place: string, text: string): void => {
    if (text.includes(secret())) leaks.add(place);
  };
  return {
    journal,
    leaks,
    get unreadableLines() {
      return unreadableLines;
    },
    look,
    hooks: {
      onRequest({ action, body }) {
        if (action !== 'SendMessageBatch') return;
        for (const { id, parent, generation } of hasten(body)) journal.name(id, checkName(parent, generation));
      },
      onLog(line) {
        look('the operational log', line);
        onLog(line);
      },
      onAudit(line) {
        look('the audit log', line);
        const heard = journal.add(line);
        if (heard === undefined) unreadableLines += 1;
        else if (heard.told) onEntry(heard.name, heard.entry);
      },
    },
  };
}
