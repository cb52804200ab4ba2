/**
 * Takes the true status of a key (undefined: there is none); returns whether it can still be used, or be made usable.
 */
export const isLive = (status: string | undefined): boolean =>
  status !== undefined && status !== 'DELETED' && status !== 'EXPIRED';
