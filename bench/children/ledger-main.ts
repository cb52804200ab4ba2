/** The ledger as a separate process: prints one line of JSON with its endpoint, and ends with its stdin. */
import { createLedgerTable, startTableServer } from '../../local/table-server.ts';

const { endpoint } = await startTableServer();
await createLedgerTable(endpoint, 'ledger');
process.stdout.write(`${JSON.stringify({ endpoint })}\n`);
process.stdin.resume().on('end', () => process.exit(0));
