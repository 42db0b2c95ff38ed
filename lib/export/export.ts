import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CountError } from '../count/count-error.ts';
import { refuseDroppedDays } from '../count/dropped-days.ts';
import { listPartitions, openSnapshot } from '../count/snapshot.ts';
import { readExportElection } from './export-election.ts';
import { type ExportSource, openSource } from './export-source.ts';
import { type WrittenFile, writeWhole } from './file-sink.ts';
import { writeCsv } from './write-csv.ts';
import { writeCvr } from './write-cvr.ts';
import { writeParquet } from './write-parquet.ts';
import { type ResultsHeader, writeResults } from './write-results.ts';

export const exportFormats = ['cvr', 'results', 'csv', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  /** Logs in as `auditor`. */
  readonly url: string;
  readonly election: string;
  readonly format: ExportFormat;
  /** Made when missing; must be empty. */
  readonly directory: string;
  /** Stations with fewer ballots are not shown by themselves: see `choosePlaces`. */
  readonly stationBallotsMin: number;
  readonly header: ResultsHeader;
  readonly onProgress?: (done: number, ballots: number) => void;
}

export interface Manifest {
  readonly election: string;
  readonly format: ExportFormat;
  /** When the last batch in it was recorded. Nothing in any file tells when it was written. */
  readonly asOf: string;
  readonly stationBallotsMin: number;
  readonly ballotsMerged: number;
  readonly ballotsSuppressed: number;
  readonly files: readonly WrittenFile[];
}

/**
 * Writes an election into files, from one snapshot, and a manifest with their sizes and hashes last: without one an
 * export is not whole. The same snapshot makes the same bytes.
 * @throws CountError, what the database throws, and what the disk does
 */
export async function exportElection(options: ExportOptions): Promise<Manifest> {
  prepareDirectory(options.directory);
  const snapshot = await openSnapshot({
    url: options.url,
    connections: 1,
    applicationName: 'ballotstream-export',
  });
  try {
    const election = await readExportElection(snapshot.lead, options.election);
    await refuseDroppedDays(snapshot.lead, election.electionNo);
    const source = await openSource({
      ...options,
      snapshot,
      election,
      partitions: await listPartitions(snapshot.lead),
    });
    const files = await writeFiles(options, source, snapshot.lead);
    const manifest: Manifest = {
      election: options.election,
      format: options.format,
      asOf: election.asOf,
      stationBallotsMin: options.stationBallotsMin,
      ballotsMerged: source.places.ballotsMerged,
      ballotsSuppressed: source.places.ballotsSuppressed,
      files,
    };
    await writeWhole(join(options.directory, 'manifest.json'), async (write) => {
      await write(`${JSON.stringify(manifest, null, 2)}\n`);
      return files.length;
    });
    return manifest;
  } finally {
    await snapshot.close();
  }
}

function prepareDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true });
  if (readdirSync(directory).length > 0)
    throw new CountError('nonsense', `${directory} is not empty: choose another --out`);
}

function writeFiles(
  { format, directory, header }: ExportOptions,
  source: ExportSource,
  client: Parameters<typeof writeResults>[1],
): Promise<WrittenFile[]> {
  switch (format) {
    case 'cvr':
      return writeCvr(source, directory);
    case 'results':
      return writeResults(source, client, directory, header);
    case 'csv':
      return writeCsv(source, directory);
    case 'parquet':
      return writeParquet(source, directory);
  }
}
