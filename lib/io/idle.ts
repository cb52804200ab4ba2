/**
 * Finds idle connections that are too old to use by the wall clock, because timers do not run while Lambda freezes a
 * process.
 */

/**
 * How long a connection may idle, in ms. Servers close idle connections after 5 s (Node's default) or later. A NAT
 * gateway drops them after 350 s and answers the next packet with a reset (Amazon VPC user guide, NAT gateways).
 */
export const IDLE_MS = 4_000;

/**
 * Returns a function that a client calls before an exchange takes a connection, and after the exchange released it. It
 * calls `dropIdle` more than IDLE_MS after its last call: in that time no exchange used a connection, and if the
 * process was frozen, no timer closed one. `now` is in epoch ms.
 */
export const createIdleWatch = (now: () => number, dropIdle: () => void): (() => void) => {
  let activeAt = now();
  return () => {
    const at = now();
    const idledMs = at - activeAt;
    activeAt = at;
    // After the clock was set back, the age of a connection is unknown.
    if (Math.abs(idledMs) > IDLE_MS) dropIdle();
  };
};
