import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { OperationsStack } from '../../lib/stacks/operations-stack.ts';
import { createPipelineStacks } from '../../lib/stacks/pipeline-stacks.ts';
import type { Stage } from '../../lib/stages.ts';
import { readContext } from './template.ts';

/** An operations stack of its own, over an edge that stands: whatever the stage's other stacks are. */
export function synthesiseWatchedEdge(stage: Stage) {
  const outdir = mkdtempSync(join(tmpdir(), 'ballotstream-synth-'));
  try {
    const app = new App({ outdir, context: { ...readContext(), 'aws:cdk:bundling-stacks': [] } });
    const deployment = { buildId: 'test', forced: false };
    const { data, service, edge } = createPipelineStacks(app, stage, deployment);
    const watchedEdge = {
      distributionId: 'E1TEST',
      webAclName: 'test-firewall',
      origin: 'https://vote.example.org',
    };
    const stack = new OperationsStack(app, 'Watching', {
      env: { region: stage.region },
      ...{ stage, deployment, data, service, edge, watchedEdge },
    });
    // biome-ignore lint/suspicious/noExplicitAny: templates are JSON of any shape
    const resources: Record<string, any> = Template.fromStack(stack).toJSON()['Resources'];
    const findings = new AwsSolutionsChecks(app)
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
      );
    return { resources: Object.values(resources), findings };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
