import { createReadStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { CodeHasher, CodeKind } from '../../functions/adapters/access-code.ts';
import { RollError, type RollLine } from '../../functions/adapters/postgres/import-roll.ts';
import type { Election } from '../../functions/core/election.ts';
import { subjectKeyOf, surveyCodes } from '../../functions/core/voter-roll.ts';
import { regionIdSchema } from '../../schema/wire/ids.ts';
import { accessCodeCharsMax, rollNumberCharsMax } from '../../schema/wire/limits.ts';
import { rollNumberSchema } from '../../schema/wire/passes.ts';
import { handled } from '../local/handled.ts';
import { checkUtf8 } from './check-utf8.ts';

export interface ReadRollOptions {
  readonly file: string;
  readonly election: Election;
  readonly codes: CodeHasher;
  /** Told now and then how far it is. */
  readonly onProgress: (bytes: number, lines: number) => void;
}

const columns = ['roll_number', 'region', 'access_code', 'oidc_subject', 'oidc_issuer'] as const;
type Column = (typeof columns)[number];
const mistakesMax = 50;
const lineBytesMax = 2_000;
const progressLines = 10_000;
const hashingMax = 2 * availableParallelism();
/** OpenID Connect Core 1.0, section 2: `sub` has at most 255 ASCII characters. */
const subjectCharsMax = 255;

/**
 * The voters in a CSV file (UTF-8) with a header: `roll_number,region,access_code,oidc_subject`, a code or a subject at
 * least; `oidc_issuer` says whose subject it is, where the definition has several providers. Nothing counts before the end
 * of the file: RollError there names the mistakes by line (the first 50).
 */
export async function* readRoll({
  file,
  election,
  codes,
  onProgress,
}: ReadRollOptions): AsyncGenerator<RollLine> {
  const rules = rulesOf(election);
  const mistakes: string[] = [];
  const survey = surveyCodes();
  // Made side by side, given in order: a slow hash keeps a core busy for 40 ms.
  const hashing: Promise<RollLine>[] = [];
  let voters = 0;
  for await (const { record, info } of parseFile(file, mistakes)) {
    const mistake = findMistake(record, election, rules);
    if (mistake !== null) mistakes.push(`line ${info.lines}: ${mistake}`);
    if (mistakes.length >= mistakesMax) break;
    if (info.lines % progressLines === 0) onProgress(info.bytes, info.lines);
    voters += 1;
    // What is wrong with the file is still looked for; its voters are of no use any more.
    if (mistakes.length > 0) continue;
    if (rules.kind === 'random' && record.access_code) survey.add(info.lines, record.access_code);
    hashing.push(handled(toLine(record, info.lines, election, codes, rules)));
    const first = hashing.length < hashingMax ? undefined : hashing.shift();
    if (first !== undefined) yield await first;
  }
  if (mistakes.length > 0) throw new RollError(mistakes.toSorted(byLine));
  if (voters === 0) throw new RollError([`${file}: no voters in it`]);
  for (const line of hashing) yield await line;
  const weak = survey.findWeak();
  if (weak === null) return;
  const reason = `the access code is too short: ${weak.charactersMin} ${weak.alphabet} at least, drawn by a machine; or let the definition say "chosen"`;
  throw new RollError(weak.lines.map((line) => `line ${line}: ${reason}`));
}

/** The parser is ahead of whoever reads its records. */
const byLine = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

interface ParsedRecord {
  readonly record: RollRecord;
  /** Read so far, this record included. */
  readonly info: { readonly lines: number; readonly bytes: number };
}

/** @param mistakes is told of what is no CSV; reading goes on behind it */
async function* parseFile(file: string, mistakes: string[]): AsyncGenerator<ParsedRecord> {
  let isLost = false;
  const parser = parse({
    columns: checkHeader,
    info: true,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    max_record_size: lineBytesMax,
    skip_records_with_error: true,
    on_skip(error) {
      // The parser does not find its way back from a quotation mark: at the end of the file it misses the closing one.
      if (error === undefined || isLost) return;
      isLost = error.code === 'CSV_INVALID_CLOSING_QUOTE';
      if (mistakes.length < mistakesMax) mistakes.push(describeCsvError(error));
    },
  });
  const stream = createReadStream(file);
  const checked = Readable.from(checkUtf8(stream, lineBytesMax));
  checked.on('error', (error) => parser.destroy(error)).pipe(parser);
  try {
    yield* parser as AsyncIterable<ParsedRecord>;
  } catch (error) {
    if (error instanceof RollError)
      throw mistakes.length === 0 ? error : new RollError([...mistakes, ...error.mistakes]);
    if (error instanceof CsvError) throw new RollError([...mistakes, describeCsvError(error)]);
    throw error instanceof Error ? new RollError([`${file}: ${error.message}`]) : error;
  } finally {
    checked.destroy();
    stream.destroy();
  }
}

/** The library's own messages quote what it was reading: it may be a code. */
function describeCsvError({ code, lines }: CsvError & { readonly lines?: number }): string {
  const says: Partial<Record<string, string>> = {
    CSV_RECORD_INCONSISTENT_COLUMNS: 'not as many fields as the header has',
    CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'not as many fields as the header has',
    CSV_INVALID_CLOSING_QUOTE:
      'a quotation mark is followed by something else than a comma; the lines behind it were not looked at',
    INVALID_OPENING_QUOTE:
      'a quotation mark in the middle of a field: double it, and put the field in quotation marks',
    CSV_QUOTE_NOT_CLOSED: 'a quotation mark is not closed until the end of the file',
    CSV_MAX_RECORD_SIZE: `longer than ${lineBytesMax.toLocaleString('en')} characters`,
  };
  return `line ${lines ?? 1}: ${says[code] ?? `cannot be read as CSV (${code})`}`;
}

function checkHeader(header: readonly string[]): string[] {
  const missing = (['roll_number', 'region'] as const).filter((name) => !header.includes(name));
  const unknown = header.filter((name) => !columns.includes(name as Column));
  const twice = header.filter((name, index) => header.indexOf(name) < index);
  const wrong = [
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`unknown: ${unknown.map((name) => name.slice(0, 64)).join(', ')}`] : []),
    ...(twice.length > 0 ? [`twice: ${twice.join(', ')}`] : []),
  ];
  if (wrong.length > 0)
    throw new RollError([`line 1: the header is ${columns.join(',')}; ${wrong.join('; ')}`]);
  return [...header];
}

interface RollRules {
  /** Undefined: the definition takes no codes. */
  readonly kind: CodeKind | undefined;
  readonly issuers: readonly string[];
}

function rulesOf({ definition: { identification } }: Election): RollRules {
  return {
    kind: identification?.accessCodes,
    issuers: (identification?.providers ?? []).map(({ issuer }) => issuer),
  };
}

type RollRecord = Partial<Record<Column, string>>;

/** Whose subject it is: of the only provider there is, unless the line says. */
const issuerOf = ({ oidc_issuer: named = '' }: RollRecord, { issuers }: RollRules): string | undefined =>
  named === '' && issuers.length === 1 ? issuers[0] : issuers.find((issuer) => issuer === named);

/** Never quotes a code. */
function findMistake(record: RollRecord, election: Election, rules: RollRules): string | null {
  const {
    roll_number: rollNumber = '',
    region = '',
    access_code: code = '',
    oidc_subject: subject = '',
  } = record;
  if (!rollNumberSchema.safeParse(rollNumber).success)
    return `the roll number has to be 1 to ${rollNumberCharsMax} letters, digits and . / - between`;
  const id = regionIdSchema.safeParse(region);
  if (!id.success || !election.regions.has(id.data)) return `there is no region ${region.slice(0, 64)}`;
  if (code === '' && subject === '') return 'neither an access code nor an OIDC subject';
  if (code !== '' && rules.kind === undefined) return 'the definition takes no access codes';
  if (code.length > accessCodeCharsMax)
    return `the access code is longer than ${accessCodeCharsMax} characters`;
  if (subject.length > subjectCharsMax)
    return `the OIDC subject is longer than ${subjectCharsMax} characters`;
  if (subject !== '' && issuerOf(record, rules) === undefined)
    return rules.issuers.length === 0
      ? 'the definition has no identity provider'
      : `oidc_issuer has to be one of ${rules.issuers.join(', ')}`;
  return null;
}

async function toLine(
  record: RollRecord,
  line: number,
  election: Election,
  codes: CodeHasher,
  rules: RollRules,
): Promise<RollLine> {
  const {
    roll_number: rollNumber = '',
    region = '',
    access_code: code = '',
    oidc_subject: subject = '',
  } = record;
  const owner = `${election.definition.election}/${rollNumber}`;
  const issuer = issuerOf(record, rules);
  return {
    line,
    rollNumber,
    region,
    codeHash: code === '' || rules.kind === undefined ? null : await codes.hash(rules.kind, owner, code),
    subjectKey: subject === '' || issuer === undefined ? null : subjectKeyOf(issuer, subject),
  };
}
