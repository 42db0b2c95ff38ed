import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freezeBeforeOpeningMs, refuseDeployment } from '../../functions/core/deploy-gate.ts';
import { UnavailableError } from '../../functions/core/errors.ts';
import { createGuard, type GateDependencies } from '../../functions/gate/guard.ts';
import { type CustomResourceRequest, DeploymentRefusedError } from '../../functions/http/cloudformation.ts';
import type { ElectionId } from '../../schema/wire/ids.ts';
import { closesAt, openMs, opensAt, testElection } from '../support/election.ts';

const election = testElection();
const opensMs = Date.parse(opensAt);
const closesMs = Date.parse(closesAt);
const graceMs = 3_600_000;

describe('a deployment', () => {
  it.each([
    ['long before an election', opensMs - freezeBeforeOpeningMs - 1, true],
    ['while its environments are warmed up', opensMs - freezeBeforeOpeningMs, false],
    ['when it opens', opensMs, false],
    ['in its last millisecond', closesMs - 1, false],
    ['while kiosks may still deliver', closesMs + graceMs - 1, false],
    ['when nothing is taken any more', closesMs + graceMs, true],
  ])('%s', (_, nowMs, isAllowed) => {
    expect(refuseDeployment([election], nowMs) === null).toBe(isAllowed);
  });

  it('is refused with the election, its end, and what to do', () => {
    expect(refuseDeployment([election], openMs)).toBe(
      'votes are taken for test-2026 (until 2026-11-04T03:00:00.000Z); to deploy all the same: -c force=yes',
    );
  });

  it('is refused exactly if any election is busy', () => {
    const hours = fc.integer({ min: -100, max: 100 });
    fc.assert(
      fc.property(fc.array(hours, { maxLength: 5 }), (openings) => {
        const elections = openings.map((hour, n) =>
          testElection({
            election: `e${n}`,
            opensAt: new Date(openMs + hour * 3_600_000).toISOString(),
            closesAt: new Date(openMs + (hour + 10) * 3_600_000).toISOString(),
          }),
        );
        const busy = openings.some((hour) => hour <= 2 && hour > -11);
        expect(refuseDeployment(elections, openMs) !== null).toBe(busy);
      }),
    );
  });
});

const gate = (changes: Partial<GateDependencies> & { list?: () => Promise<ElectionId[]> } = {}) =>
  createGuard({
    openDefinitions: () => ({
      list: changes.list ?? (async () => [election.definition.election]),
      get: async () => election,
    }),
    stackStatus: async () => 'UPDATE_IN_PROGRESS',
    clock: () => openMs,
    ...changes,
  });

const ask = (
  RequestType: 'Create' | 'Update',
  properties: Record<string, string>,
  before: Record<string, string> = {},
) =>
  ({
    RequestType,
    StackId: 'stack',
    ResourceProperties: properties,
    OldResourceProperties: before,
  }) as unknown as CustomResourceRequest;

describe('the gate', () => {
  const guard = gate();

  it('refuses the first and every later deployment while an election is open', async () => {
    await expect(guard(ask('Create', { deployedAt: '5', forced: 'no' }))).rejects.toThrow(
      DeploymentRefusedError,
    );
    const update = ask('Update', { deployedAt: '6', forced: 'no' }, { deployedAt: '5', forced: 'no' });
    await expect(guard(update)).rejects.toThrow('test-2026');
  });

  it('lets through what is forced', async () => {
    await expect(guard(ask('Create', { deployedAt: '5', forced: 'yes' }))).resolves.toBeUndefined();
  });

  const back = ask('Update', { deployedAt: '5', forced: 'no' }, { deployedAt: '6', forced: 'no' });

  it.each(['UPDATE_ROLLBACK_IN_PROGRESS', null])(
    'lets CloudFormation undo a deployment (it says %s), or the stack would hang in between',
    async (status) => {
      const asked: string[] = [];
      const stackStatus = async (stackId: string) => {
        asked.push(stackId);
        return status;
      };
      await expect(gate({ stackStatus })(back)).resolves.toBeUndefined();
      expect(asked).toEqual(['stack']);
    },
  );

  it('refuses an assembly that is older than what runs: it is a deployment all the same', async () => {
    await expect(guard(back)).rejects.toThrow('test-2026');
  });

  it('takes no later deployment for an undoing, whatever CloudFormation is doing', async () => {
    const rollingBack = gate({ stackStatus: async () => 'UPDATE_ROLLBACK_IN_PROGRESS' });
    const update = ask('Update', { deployedAt: '6', forced: 'no' }, { deployedAt: '5', forced: 'no' });
    await expect(rollingBack(update)).rejects.toThrow(DeploymentRefusedError);
  });

  it('goes by what is published now, not by what it read for the stack before', async () => {
    const lists: ElectionId[][] = [[], [election.definition.election]];
    const guardTwice = gate({
      openDefinitions: () => {
        const ids = lists.shift() ?? [];
        return { list: async () => ids, get: async () => election };
      },
    });
    await guardTwice(ask('Create', { deployedAt: '5', forced: 'no' }));
    await expect(guardTwice(ask('Create', { deployedAt: '5', forced: 'no' }))).rejects.toThrow('test-2026');
  });

  it('takes no broken time for an undoing', async () => {
    const odd = ask('Update', { deployedAt: 'soon', forced: 'no' }, { deployedAt: '6', forced: 'no' });
    await expect(guard(odd)).rejects.toThrow(DeploymentRefusedError);
  });

  it('refuses when nobody can say whether an election is open', async () => {
    const list = () => Promise.reject(new UnavailableError('the object store cannot be listed'));
    await expect(gate({ list })(ask('Create', { deployedAt: '5', forced: 'no' }))).rejects.toThrow(
      'force=yes',
    );
  });

  it('lets the first deployment of all through: nothing is published', async () => {
    const list = async () => [];
    await expect(gate({ list })(ask('Create', { deployedAt: '5', forced: 'no' }))).resolves.toBeUndefined();
  });
});
