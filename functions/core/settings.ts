/** How a function reaches its database. */
export interface DatabaseSettings {
  /** `postgres://role@host:port/database`, with the password only where it is no secret of production's. */
  readonly url: string;
  readonly connectionsMax: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Asked before each connection; an IAM token is valid for 15 minutes. */
  readonly password?: () => Promise<string>;
}
