/** A stub of EventBridge with the only call that we make. (API reference, PutEvents, JSON 1.1) */
import { type Answer, json } from '../../../support/loopback.ts';

export interface BusEntry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  /** Epoch seconds. */
  readonly Time: number;
  readonly Detail: string;
}

export const entriesIn = (body: string): readonly BusEntry[] => JSON.parse(body).Entries;

/**
 * Takes what to refuse an entry for, by its place among all so far; `silent` leaves it out of the answer. Refuses calls
 * that AWS would.
 */
export const eventBus = (refusal: (entry: BusEntry) => string | undefined = () => undefined): Answer => {
  let put = 0;
  return (response, seen, request) => {
    const entries = entriesIn(seen.body);
    const known = seen.headers['x-amz-target'] === 'AWSEvents.PutEvents';
    if (!known || entries.length > 10 || seen.body.length > 1_000_000) {
      return json(400, { __type: 'ValidationException' })(response, seen, request);
    }
    const answers = entries.flatMap((entry): readonly Readonly<Record<string, string>>[] => {
      put += 1;
      const code = refusal(entry);
      if (code === 'silent') return [];
      return code === undefined ? [{ EventId: `e-${put}` }] : [{ ErrorCode: code, ErrorMessage: entry.Detail }];
    });
    const failed = answers.filter((answer) => 'ErrorCode' in answer).length;
    json(200, { FailedEntryCount: failed, Entries: answers })(response, seen, request);
  };
};
