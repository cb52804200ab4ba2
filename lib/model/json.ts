/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** JSON to be written: a member that is undefined is none, as for JSON.stringify. */
export type Sparse =
  | string
  | number
  | boolean
  | null
  | readonly Sparse[]
  | { readonly [key: string]: Sparse | undefined };
