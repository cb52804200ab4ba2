/** The queues as a separate process: prints one line of JSON with endpoint and queues, and ends with its stdin. */
import { startQueueServer } from '../../local/queue-server.ts';
import { createQueues } from '../../local/queues.ts';

const server = await startQueueServer();
process.stdout.write(`${JSON.stringify({ endpoint: server.endpoint, queues: await createQueues(server.endpoint) })}\n`);
process.stdin.resume().on('end', () => process.exit(0));
