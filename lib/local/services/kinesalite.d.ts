declare module 'kinesalite' {
  import type { Server } from 'node:http';

  /** An HTTP server that speaks the Kinesis protocol. `close` closes the store, then the server. */
  export default function kinesalite(options: {
    /** Directory of the LevelDB store; in memory when left out. */
    readonly path?: string;
    /** Default 500 each. */
    readonly createStreamMs?: number;
    readonly deleteStreamMs?: number;
    readonly updateStreamMs?: number;
    /** Default 10. */
    readonly shardLimit?: number;
  }): Server;
}

declare module 'kinesalite/db/index.js' {
  /** A CommonJS module whose exports its own code calls by name: replacing one takes effect. */
  const db: import('./kinesalite-numbers.ts').KinesaliteNumbers;
  export default db;
}
