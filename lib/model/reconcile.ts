/** Reconciliation: the events by which live keys of offboarded principals are revoked. */

/** `source` of these events. Contract: they are believed from the function `reconcile` alone. */
export const RECONCILE_SOURCE = '//revocation-handler/reconcile';
