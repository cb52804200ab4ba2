/**
 * Cold start as in Lambda, where the token is in Secrets Manager and everything is called over TLS: from before the
 * import of the bundle to the answer of the first revocation, in a fresh process each time.
 */
import { makeCertificates } from '../certificates.ts';
import { coldRow, coldRuns } from '../cold-runs.ts';
import { AS_DEPLOYED, OURS, SAME_WORK, STACK_WITH_SECRET, TWIN, withLambdaFlags } from '../contestants.ts';
import { coldMs, compareInRounds, compareWithTwin, formatRatio } from '../figures.ts';
import { hasCommand } from '../machine.ts';
import type { Scenario } from '../scenario.ts';

const FETCH = 'fetch-secret';
const FLAGGED = [OURS, FETCH, STACK_WITH_SECRET].map(withLambdaFlags);
const FIELD = [OURS, TWIN, SAME_WORK, FETCH, STACK_WITH_SECRET, ...FLAGGED];

/** In place of the variable with the token. */
const SECRET = { COREWEAVE_API_TOKEN: '', COREWEAVE_API_TOKEN_SECRET_ID: 'token' };

export const deployed: Scenario = {
  name: 'deployed',
  title: 'Cold as deployed: the token from Secrets Manager, TLS to it and to the API, ms',
  async run(bench) {
    if (!hasCommand('openssl'))
      return { rows: [], goals: [], notes: ['Left out: there is no openssl to make certificates with.'] };
    const { caFile, ...tls } = makeCertificates(bench.folder);
    const env = { ...AS_DEPLOYED, ...SECRET, NODE_EXTRA_CA_CERTS: caFile };
    const all = await coldRuns(bench, FIELD, { api: { tls }, env });
    const goal = (base: string, most: number) => ({
      figure: `cold, token from Secrets Manager, × ${base}`,
      bound: { most },
      value: compareInRounds(all, OURS, base, coldMs).ratio,
    });
    return {
      rows: all.map((series) => {
        const { name } = series.contestant;
        // Beside one that was started alike.
        const ratioTo = (base: string): string =>
          formatRatio(all, name, FLAGGED.includes(name) ? withLambdaFlags(base) : base, coldMs);
        return coldRow(series, {
          [`× ${STACK_WITH_SECRET}`]: ratioTo(STACK_WITH_SECRET),
          [`× ${FETCH}`]: ratioTo(FETCH),
        });
      }),
      goals: [goal(STACK_WITH_SECRET, 0.5), goal(FETCH, 0.9)],
      twin: compareWithTwin(all, coldMs),
      notes: [
        '0 ms to both. Ours loads the token with the import, which Lambda gives more CPU than a call; the ' +
          'others load it with the first call.',
        "With Lambda's flags, the ratios are to the alternatives with these flags.",
        'Ours makes three calls, since it looks up the owner and verifies, and writes metrics; “same work” does not.',
      ],
    };
  },
};
