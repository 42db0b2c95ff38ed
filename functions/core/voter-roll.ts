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
