/** What an execution environment and its child process say to each other. */

/** To the child. `deadline` is in epoch ms. */
export interface Invoke {
  readonly requestId: string;
  readonly event: unknown;
  readonly deadline: number;
}

/** From the child. `failed` before `ready`: the bundle could not be loaded. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'returned'; readonly json: string }
  | { readonly kind: 'failed'; readonly errorType: string; readonly errorMessage: string };

/** Ends the output of an invocation on both streams, so that no line of it comes after its answer. */
export const endMark = (requestId: string): string => `\u0000${requestId}`;
