/** Finds idle connections that are too old to use by the wall clock, because timers do not run while Lambda freezes a process. */

/**
 * How long a connection may idle, in ms. Servers close idle connections after 5 s (Node's default) or later. A NAT gateway
 * drops them after 350 s and answers the next packet with a reset (Amazon VPC user guide, NAT gateways).
 */
export const IDLE_MS = 4_000;

/** A client calls `begin` before an exchange takes a connection, and `end` after the exchange released it. */
export interface IdleWatch {
  begin(): void;
  end(): void;
}

/**
 * Calls `dropIdle` when an exchange begins more than IDLE_MS after the last begin or end. In that time no call used a
 * connection, and if the process was frozen, no timer closed one. `now` is in epoch ms.
 */
export const createIdleWatch = (now: () => number, dropIdle: () => void): IdleWatch => {
  let activeAt = now();
  return {
    begin() {
      const startedAt = now();
      const idledMs = startedAt - activeAt;
      activeAt = startedAt;
      // After the clock was set back, the age of a connection is unknown.
      if (Math.abs(idledMs) > IDLE_MS) dropIdle();
    },
    end() {
      activeAt = now();
    },
  };
};
