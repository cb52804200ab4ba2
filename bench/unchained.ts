/**
 * Stands in for lib/audit/chain.ts in one bundle that is only measured: the same records without fingerprints. The
 * product has no such switch; what it writes is always chained.
 */
import type { Chain } from '../lib/audit/chain.ts';
import type { OrderedRecord } from '../lib/audit/record.ts';

export { openChain } from '../lib/audit/chain.ts';

/** As `appendToChain` there, but the text is that of the record as it was. */
export const appendToChain = (chain: Chain, record: OrderedRecord) => ({
  text: JSON.stringify(record),
  chain: { ...chain, sequence: chain.sequence + 1, unclosed: chain.unclosed + 1 },
});
