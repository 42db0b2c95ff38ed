import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fetchMsMax } from '../../functions/adapters/definition-objects.ts';
import { answerMsMaxDefault, connectMsMax } from '../../functions/adapters/postgres/pool.ts';
import { streamMsMax } from '../../functions/ingest/group-commit.ts';
import { overflowMsMax } from '../../functions/ingest/overflow-commit.ts';
import { answerMsMax as maintenanceAnswerMsMax } from '../../functions/maintenance/wire.ts';
import { readMsMax } from '../../functions/results/wire.ts';
import { awsStages } from '../../lib/stages.ts';
import { type PipelineTemplate, synthesise } from '../support/template.ts';

/** Which version of a definition, and then that version. */
const definitionMsMax = 2 * fetchMsMax;

describe.each(awsStages)('stage $name, who waits for whom', (stage) => {
  const template = synthesise(stage);
  const timeoutMs = (construct: string) => 1_000 * timeoutOf(template, construct);

  /** Where functions answer; pages come from a bucket, which has no such settings. */
  const vpcOrigins = (): { OriginReadTimeout: number; OriginKeepaliveTimeout: number }[] => {
    const [distribution] = template.ofType('AWS::CloudFront::Distribution');
    return (distribution?.Properties.DistributionConfig.Origins ?? []).flatMap(
      ({ VpcOriginConfig }: { VpcOriginConfig?: object }) => VpcOriginConfig ?? [],
    );
  };

  it('has ingest answer before Lambda ends it, though definition, stream and queue take all their time', () => {
    expect(definitionMsMax + streamMsMax + overflowMsMax).toBeLessThan(timeoutMs('Ingest'));
  });

  it('has a statement of results end before the read is given up, and the read before Lambda ends it', () => {
    expect(statementTimeoutMs('results')).toBeLessThan(readMsMax);
    expect(definitionMsMax + connectMsMax + readMsMax).toBeLessThan(timeoutMs('Results'));
  });

  it('has CloudFront wait longer than any function behind it runs', () => {
    expect(vpcOrigins()).not.toEqual([]);
    for (const { OriginReadTimeout } of vpcOrigins()) {
      const waitsMs = 1_000 * OriginReadTimeout;
      for (const construct of ['Ingest', 'Results']) expect(timeoutMs(construct)).toBeLessThan(waitsMs);
    }
  });

  it('has the load balancer keep idle connections for longer than CloudFront does', () => {
    const [loadBalancer] = template.ofType('AWS::ElasticLoadBalancingV2::LoadBalancer');
    const idle = loadBalancer?.Properties.LoadBalancerAttributes.find(
      ({ Key }: { Key: string }) => Key === 'idle_timeout.timeout_seconds',
    );
    for (const { OriginKeepaliveTimeout } of vpcOrigins())
      expect(OriginKeepaliveTimeout).toBeLessThan(Number(idle?.Value));
  });

  it.each([
    ['Writer', 'writer', answerMsMaxDefault],
    ['Maintenance', 'maintainer', maintenanceAnswerMsMax],
  ])(
    'has the server’s word reach %s before its connection is given up, and that before Lambda ends it',
    (construct, role, answerMs) => {
      expect(statementTimeoutMs(role)).toBeLessThan(answerMs);
      expect(answerMs).toBeLessThan(timeoutMs(construct));
    },
  );

  it('has the writer’s second attempt fit into its time, after a first that was never answered', () => {
    expect(definitionMsMax + 2 * (connectMsMax + answerMsMaxDefault)).toBeLessThan(timeoutMs('Writer'));
  });

  it('has the proxy say that it has no connection to lend before the writer stops listening', () => {
    const [group] = template.ofType('AWS::RDS::DBProxyTargetGroup');
    const borrowMs = 1_000 * group?.Properties.ConnectionPoolConfigurationInfo.ConnectionBorrowTimeout;
    expect(borrowMs).toBeLessThan(answerMsMaxDefault);
  });

  it('has CloudFormation wait for migrations no shorter than they may run', () => {
    const [applied] = template.ofType('Custom::Migrations');
    expect(Number(applied?.Properties.ServiceTimeout)).toBeGreaterThanOrEqual(
      timeoutOf(template, 'Migrations'),
    );
  });
});

function timeoutOf(template: PipelineTemplate, construct: string): number {
  const found = template.ofType('AWS::Lambda::Function').find(({ id }) => id.startsWith(construct));
  if (found === undefined) throw new Error(`no function ${construct}`);
  return found.Properties.Timeout;
}

/** As the migrations leave it; the last one to say it counts. */
function statementTimeoutMs(role: string): number {
  const folder = new URL('../../drizzle/', import.meta.url);
  const sql = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  const said = [...sql.matchAll(new RegExp(`alter role ${role} set statement_timeout = '(\\d+)s'`, 'g'))].at(
    -1,
  );
  if (said?.[1] === undefined) throw new Error(`${role} has no statement_timeout`);
  return 1_000 * Number(said[1]);
}
