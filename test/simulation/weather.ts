/** What befalls a step now: the plan's faults, drawn by chance. */
import type { Draws } from './draws.ts';
import type { ApiFault, Fault, PortFault, PortName } from './plan.ts';

export interface Weather {
  api(): ApiFault | undefined;
  port(port: PortName): PortFault | undefined;
  /** Whether the process that takes this step dies. */
  kills(): boolean;
  isTwice(): boolean;
}

/** `now`: ms since the beginning. */
export function weatherOf(faults: readonly Fault[], sinceBegin: () => number, draws: Draws): Weather {
  /** The first fault of those that `kindOf` knows that is in force now and befalls this step. */
  const befalls = <Kind>(kindOf: (fault: Fault) => Kind | undefined): Kind | undefined => {
    const at = sinceBegin();
    for (const fault of faults) {
      const kind = fault.from <= at && at < fault.until ? kindOf(fault) : undefined;
      if (kind !== undefined && draws.likely(fault.rate)) return kind;
    }
    return undefined;
  };
  return {
    api: () => befalls((fault) => (fault.on === 'api' ? fault.kind : undefined)),
    port: (port) => befalls((fault) => (fault.on === port ? fault.kind : undefined)),
    kills: () => befalls((fault) => (fault.on === 'process' ? fault.kind : undefined)) !== undefined,
    isTwice: () => befalls((fault) => (fault.on === 'queue' ? fault.kind : undefined)) !== undefined,
  };
}
