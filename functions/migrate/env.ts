/** What the function `migrate` reads from its environment. */
export const environmentNames = [
  /** `postgres://host:port/database`, of the writer instance itself. */
  'DATABASE_URL',
  /** The secret with the owner's name and password, made and rotated by RDS. */
  'OWNER_SECRET',
  /** Which migrations: a folder of the bundle, `drizzle` or `drizzle/roll`. */
  'MIGRATIONS',
  /** Read by Node itself: RDS's own authority, which the runtime has (AWS, "Lambda runtimes: Node.js"). */
  'NODE_EXTRA_CA_CERTS',
] as const;
