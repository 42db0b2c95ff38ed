import type { Goal } from './goals.ts';
import type { Stage } from './stage/stage.ts';

/** What one bench measured. */
export interface BenchResult {
  /** As numbers, for machines; units are in the names. */
  readonly figures: Readonly<Record<string, unknown>>;
  readonly goals: readonly Goal[];
  /** As tables and remarks, for people. */
  readonly lines: readonly string[];
  /** `server_version`, where there was a server. */
  readonly postgresql: string | null;
}

/** What a bench is given. */
export interface BenchInput {
  readonly quick: boolean;
  readonly stage: Stage;
  /** Hears in a line how far it is. */
  readonly say: (line: string) => void;
}
