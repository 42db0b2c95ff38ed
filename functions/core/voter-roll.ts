import { createHash } from 'node:crypto';
import type { RegionId } from '../../schema/wire/ids.ts';
import type { RollNumber } from '../../schema/wire/passes.ts';

/** A voter as the roll has them. */
export interface RollEntry {
  readonly rollNumber: RollNumber;
  readonly region: RegionId;
  /** Null: this voter has no access code. */
  readonly codeHash: Uint8Array | null;
}

/** What 16 bytes a provider's subject is known by: SHA-256 over issuer and subject, written like a UUID. */
export function subjectKeyOf(issuer: string, subject: string): string {
  const hash = createHash('sha256').update(`ballotstream/subject/v1\0${issuer}\0${subject}`).digest('hex');
  const parts = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ];
  return parts.join('-');
}

/** Letters and digits as people read them off a card: upper case, without blanks and hyphens. */
export function normaliseCode(code: string): string {
  return code.toUpperCase().replaceAll(/[\s-]/g, '');
}

/** What an access code must hold to be kept under a quick hash, bits: nobody guesses 2⁶⁴. */
export const randomCodeBitsMin = 64;

/** Alphabets that machines draw codes from, each with what a character of it holds. */
const alphabets = [
  { name: 'digits', shape: /^[0-9]*$/, bits: Math.log2(10) },
  { name: 'hexadecimal digits', shape: /^[0-9A-F]*$/, bits: 4 },
  { name: 'letters and digits', shape: /^[A-Z0-9]*$/, bits: 5 },
] as const;
const charactersMax = Math.ceil(randomCodeBitsMin / alphabets[0].bits);
const linesKeptMax = 50;

export interface WeakCodes {
  readonly alphabet: string;
  /** How many characters of it a code needs. */
  readonly charactersMin: number;
  /** The first lines whose code has fewer. */
  readonly lines: readonly number[];
}

/** Looks at all codes of a file, in little memory. */
export interface CodeSurvey {
  add(line: number, code: string): void;
  /** Null: every code holds `randomCodeBitsMin`, had a machine drawn it evenly. */
  findWeak(): WeakCodes | null;
}

/**
 * The alphabet is what all codes of a file together are of: of a million drawn from 32 characters, a dozen happen to be
 * hexadecimal. Characters that are neither letter nor digit count for nothing. Says nothing about codes that somebody made up.
 */
export function surveyCodes(): CodeSurvey {
  let alphabetNo = 0;
  const short = new Map<number, number[]>();
  return {
    add(line, code) {
      const text = normaliseCode(code).replaceAll(/[^A-Z0-9]/g, '');
      while (alphabets[alphabetNo]?.shape.test(text) === false) alphabetNo += 1;
      if (text.length >= charactersMax) return;
      const lines = short.get(text.length) ?? [];
      if (lines.length < linesKeptMax) lines.push(line);
      short.set(text.length, lines);
    },
    findWeak() {
      const { name, bits } = alphabets[alphabetNo] ?? alphabets[0];
      const charactersMin = Math.ceil(randomCodeBitsMin / bits);
      const lines = [...short].filter(([length]) => length < charactersMin).flatMap(([, found]) => found);
      if (lines.length === 0) return null;
      return { alphabet: name, charactersMin, lines: lines.sort((a, b) => a - b).slice(0, linesKeptMax) };
    },
  };
}
