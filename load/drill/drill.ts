import type { Pipeline, PipelineOptions } from '../../lib/local/pipeline.ts';
import type { Casting } from './cast.ts';
import type { AwsProxy } from './faults/aws-proxy.ts';
import type { TcpProxy } from './faults/tcp-proxy.ts';
import type { Sample } from './monitor.ts';

/** One thing that goes wrong, and how to see that it did. */
export interface Drill {
  readonly name: string;
  /** What goes wrong, in one line. */
  readonly title: string;
  /** Part of `all`. Not so: a drill that is meant to fail, to show that the audit can tell. */
  readonly inAll?: false;
  readonly pipeline?: Pick<PipelineOptions, 'standby' | 'nodeFlagsOf'>;
  /** Before the pipeline starts: what its data directory has to be. Throws DrillError `not-here` to be skipped. */
  prepare?(dataDir: string): Promise<{ undo(): Promise<void> }>;
  /** Before the first vote. */
  begin?(scene: Scene): Promise<void>;
  /** While votes come in: breaks something, and resolves when it is broken no longer. */
  strike(scene: Scene): Promise<void>;
  /** Why the fault cannot be said to have bitten; null: it has. Asked at the end. */
  whyUnseen(seen: Seen): string | null;
  /** Further promises of this drill that were not kept, a line each. */
  findBreaches?(seen: Seen): readonly string[];
}

/** What a drill has at hand while votes come in. */
export interface Scene {
  readonly pipeline: Pipeline;
  /** Between ingest and stream, ingest and store, writer and database. */
  readonly stream: AwsProxy;
  readonly store: AwsProxy;
  readonly database: TcpProxy;
  readonly random: () => number;
  /** For how long the fault should last, ms. */
  readonly strikeMs: number;
  readonly casting: Casting;
  /** For the timeline. */
  readonly note: (what: string) => void;
  /** Bytes, in hex, of records put into the stream that can only be quarantined. */
  readonly planted: Set<string>;
  /** Rejects when the drill is interrupted. */
  readonly pause: (ms: number) => Promise<void>;
  /** What the drill wants to remember for `whyUnseen`. */
  readonly facts: Map<string, number>;
}

/** What is known once everything has drained. */
export interface Seen {
  readonly casting: Casting;
  readonly samples: readonly Sample[];
  readonly facts: ReadonlyMap<string, number>;
  /** Log codes of ingest and writer. */
  readonly edgeLog: ReadonlyMap<string, number>;
  readonly writerLog: ReadonlyMap<string, number>;
  /** What the supervisor said. */
  readonly lines: readonly string[];
  /** Deliveries that changed nothing: what the stream held twice, or the writer got again. */
  readonly repeated: number;
}
