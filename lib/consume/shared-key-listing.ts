/** One key listing for all events of a batch, and fresh ones that callers share. */
import type { SharedKeyListing } from '../context.ts';
import type { KeyListing } from '../model/key.ts';
import type { Credentials } from '../ports.ts';

/** `endsAt`: epoch ms at which the invocation ends. */
export function createSharedKeyListing(
  credentials: Pick<Credentials, 'listKeys' | 'isUnavailable'>,
  endsAt: number,
): SharedKeyListing {
  let first: Promise<KeyListing | undefined> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<KeyListing | undefined> | undefined;

  return {
    first() {
      if (first === undefined && credentials.isUnavailable()) return Promise.resolve(undefined);
      first ??= credentials.listKeys(endsAt).then((listing) => {
        if (listing === undefined) first = undefined;
        return listing;
      });
      return first;
    },
    fresh() {
      next ??= running.then(() => {
        next = undefined;
        const listing = credentials.listKeys(endsAt);
        running = listing;
        return listing;
      });
      return next;
    },
  };
}
