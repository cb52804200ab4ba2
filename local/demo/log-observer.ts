/** Observes the stack: every line of its logs and every request to its queues, each searched for the secret. */
import { shortenFollowUpDelays } from './follow-up-delays.ts';
import { createJournal, type Entry, type Journal } from './journal.ts';
import { composeSecret } from './scenario.ts';
import type { DemoStackOptions } from './stack.ts';
import { checkName } from './steps.ts';

export interface DemoListener {
  /** An audit record that belongs to the event of this name. */
  onEntry(name: string, entry: Entry): void;
  /** Something that the demo itself does, in one sentence. */
  onMessage(sentence: string): void;
  /** A line of the operational log. */
  onLog(line: string): void;
  /** A line of the audit log. */
  onAudit?(line: string): void;
}

export interface LogObserver {
  readonly journal: Journal;
  /** Places where the secret of the scenario was found. */
  readonly leaks: ReadonlySet<string>;
  /** Lines of the audit log that are no audit records. */
  readonly unreadableLines: number;
  /** Passed to the stack. */
  readonly hooks: DemoStackOptions;
  /** Adds the place to `leaks` when the text contains the secret. */
  searchForSecret(place: string, text: string): void;
}

export function createLogObserver({
  onEntry,
  onLog,
  onAudit,
}: Pick<DemoListener, 'onEntry' | 'onLog' | 'onAudit'>): LogObserver {
  const journal = createJournal();
  const leaks = new Set<string>();
  let unreadableLines = 0;
  const searchForSecret = (place: string, text: string): void => {
    if (text.includes(composeSecret())) leaks.add(place);
  };
  return {
    journal,
    leaks,
    get unreadableLines() {
      return unreadableLines;
    },
    searchForSecret,
    hooks: {
      onRequest({ action, body }) {
        if (action !== 'SendMessageBatch') return;
        for (const { id, parent, generation } of shortenFollowUpDelays(body)) {
          journal.setName(id, checkName(parent, generation));
        }
      },
      onLog(line) {
        searchForSecret('the operational log', line);
        onLog(line);
      },
      onAudit(line) {
        searchForSecret('the audit log', line);
        onAudit?.(line);
        const added = journal.add(line);
        if (added === undefined) unreadableLines += 1;
        else if (added.belongsToEvent) onEntry(added.name, added.entry);
      },
    },
  };
}
