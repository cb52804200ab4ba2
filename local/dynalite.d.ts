/** dynalite 4 has no types: what `local/table-server.ts` uses of it. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** The server holds its tables in memory. Times in ms that a table stays in a transient state. */
  export default function dynalite(options: {
    readonly createTableMs: number;
    readonly updateTableMs: number;
    readonly deleteTableMs: number;
  }): Server;
}
