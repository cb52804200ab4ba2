/** Bare `fetch`, a bounded number of records at once. */
import { boundedHandler } from './bounded.mjs';
import { revokeByFetch } from './by-fetch.mjs';

export const handler = boundedHandler(revokeByFetch);
