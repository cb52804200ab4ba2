/** True if a key with this status can be used, or be made usable. Undefined: there is no such key. */
export const isLive = (status: string | undefined): boolean =>
  status !== undefined && status !== 'DELETED' && status !== 'EXPIRED';
