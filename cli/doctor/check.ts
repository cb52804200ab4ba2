/** The result of one check of `revoker doctor`. */

/** `mend`: the next step after a warning or a failure. The name is part of the JSON output. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly mend?: string;
}

export const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail });
export const warning = (name: string, detail: string, fix: string): Check => ({
  name,
  state: 'warning',
  detail,
  mend: fix,
});
export const failed = (name: string, detail: string, fix: string): Check => ({
  name,
  state: 'failed',
  detail,
  mend: fix,
});
