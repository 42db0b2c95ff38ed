import type { StageName } from './stages.ts';

/** How strictly a stage is watched, and whether it may be broken on purpose. */
export interface OperationsSettings {
  /**
   * Days in which nobody can delete the audit trail's files. `COMPLIANCE` binds even the account's
   * root, and cannot be taken back: a bucket of dev would be paid for until it ends. Under
   * `GOVERNANCE` whoever has the right to bypass it can.
   */
  readonly auditLock: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly days: number };
  /** Whether faults may be injected. Where a real election may run: no. */
  readonly experiments: boolean;
}

export const operationsSettings: Readonly<Record<Exclude<StageName, 'emulator'>, OperationsSettings>> = {
  dev: { auditLock: { mode: 'GOVERNANCE', days: 7 }, experiments: true },
  // Longer than the time in which an election can be contested, in most places.
  peak: { auditLock: { mode: 'COMPLIANCE', days: 365 }, experiments: false },
};
