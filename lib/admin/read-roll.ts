import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import type { CodeHasher, CodeKind } from '../../functions/adapters/access-code.ts';
import { RollError, type RollLine } from '../../functions/adapters/postgres/import-roll.ts';
import type { Election } from '../../functions/core/election.ts';
import { subjectKeyOf, surveyCodes } from '../../functions/core/voter-roll.ts';
import { regionIdSchema } from '../../schema/wire/ids.ts';
import { accessCodeCharsMax, rollNumberCharsMax } from '../../schema/wire/limits.ts';
import { rollNumberSchema } from '../../schema/wire/passes.ts';

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
/** OpenID Connect Core 1.0, section 2: `sub` has at most 255 ASCII characters. */
const subjectCharsMax = 255;

/**
 * The voters in a CSV file with a header: `roll_number,region,access_code,oidc_subject`, a code or a subject at
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
  const stream = createReadStream(file);
  const parser = stream.pipe(
    parse({
      columns: checkHeader,
      info: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      max_record_size: lineBytesMax,
    }),
  );
  stream.on('error', (error) => parser.destroy(error));
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Partial<Record<Column, string>>;
      info: { lines: number; bytes: number };
    }>) {
      const mistake = findMistake(record, election, rules);
      if (mistake !== null) {
        mistakes.push(`line ${info.lines}: ${mistake}`);
        if (mistakes.length >= mistakesMax) break;
      } else if (mistakes.length === 0) {
        if (rules.kind === 'random' && record.access_code) survey.add(info.lines, record.access_code);
        yield await toLine(record, info.lines, election, codes, rules);
      }
      if (info.lines % progressLines === 0) onProgress(info.bytes, info.lines);
    }
  } catch (error) {
    if (error instanceof RollError || !(error instanceof Error)) throw error;
    throw new RollError([`${file}: ${error.message}`]);
  } finally {
    stream.destroy();
  }
  if (mistakes.length > 0) throw new RollError(mistakes);
  const weak = survey.findWeak();
  if (weak === null) return;
  const reason = `the access code is too short: ${weak.charactersMin} ${weak.alphabet} at least, drawn by a machine; or let the definition say "chosen"`;
  throw new RollError(weak.lines.map((line) => `line ${line}: ${reason}`));
}

function checkHeader(header: readonly string[]): string[] {
  const missing = (['roll_number', 'region'] as const).filter((name) => !header.includes(name));
  const unknown = header.filter((name) => !columns.includes(name as Column));
  if (missing.length > 0 || unknown.length > 0) {
    throw new RollError([
      `line 1: the header is ${columns.join(',')}${missing.length > 0 ? `; missing: ${missing.join(', ')}` : ''}${unknown.length > 0 ? `; unknown: ${unknown.join(', ')}` : ''}`,
    ]);
  }
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
