/** The result of one check of `revoker doctor`. */

/** `fix`: the next step after a warning or a failure. `mend`: its name in 0.1, in the JSON for one more version. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly fix?: string;
  readonly mend?: string;
}

export const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail });
export const warning = (name: string, detail: string, fix: string): Check => ({
  name,
  state: 'warning',
  detail,
  fix,
  mend: fix,
});
export const failed = (name: string, detail: string, fix: string): Check => ({
  name,
  state: 'failed',
  detail,
  fix,
  mend: fix,
});
