/** The ledger as a process of its own: prints one JSON line with its endpoint, ends with its stdin. */
import { createLedgerTable, startTableServer } from '../../local/table-server.ts';

const { endpoint } = await startTableServer();
await createLedgerTable(endpoint, 'ledger');
process.stdout.write(`${JSON.stringify({ endpoint })}\n`);
process.stdin.resume().on('end', () => process.exit(0));
