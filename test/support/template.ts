import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { z } from 'zod';
import { createPipelineStacks } from '../../lib/stacks/pipeline-stacks.ts';
import type { Stage } from '../../lib/stages.ts';

/** Anything in a template's properties: what a test expects of it, the test says. */
// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of any shape
type Json = any;

export interface Resource {
  readonly stack: 'Data' | 'Service';
  readonly id: string;
  readonly Type: string;
  readonly Properties: Json;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The templates of a stage, as one graph: references are followed across stacks. */
export interface PipelineTemplate {
  readonly resources: readonly Resource[];
  /** All of a CloudFormation type. */
  ofType(type: string): readonly Resource[];
  /**
   * The resource that a `Ref`, `Fn::GetAtt` or `Fn::ImportValue` leads to, be it inside of `Fn::Join` or
   * the like: the first one then. Throws if there is none.
   */
  follow(from: Resource, value: Json): Resource;
  /** What cdk-nag has against it, acknowledged findings left out. */
  readonly findings: readonly string[];
  readonly terminationProtected: Readonly<Record<'Data' | 'Service', boolean>>;
}

/** Synthesises in process; functions are not bundled. */
export function synthesise(stage: Stage): PipelineTemplate {
  const outdir = mkdtempSync(join(tmpdir(), 'ballotstream-synth-'));
  try {
    const app = new App({ outdir, context: { ...readContext(), 'aws:cdk:bundling-stacks': [] } });
    const stacks = createPipelineStacks(app, stage, 'test');
    const templates = {
      Data: Template.fromStack(stacks.data).toJSON(),
      Service: Template.fromStack(stacks.service).toJSON(),
    };
    const findings = new AwsSolutionsChecks(app)
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
      );
    const { data, service } = stacks;
    const terminationProtected = {
      Data: data.terminationProtection ?? false,
      Service: service.terminationProtection ?? false,
    };
    return { ...createGraph(templates), findings, terminationProtected };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The feature flags that the CLI would pass. */
function readContext(): Record<string, unknown> {
  const text = readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8');
  return z.object({ context: z.record(z.string(), z.unknown()) }).parse(JSON.parse(text)).context;
}

function createGraph(
  templates: Record<'Data' | 'Service', Json>,
): Pick<PipelineTemplate, 'resources' | 'ofType' | 'follow'> {
  const stacks = ['Data', 'Service'] as const;
  const resources: Resource[] = stacks.flatMap((stack) =>
    Object.entries<Json>(templates[stack].Resources).map(([id, body]) => ({ stack, id, ...body })),
  );
  const exported = new Map<string, { stack: (typeof stacks)[number]; value: Json }>(
    stacks.flatMap((stack) =>
      Object.values<Json>(templates[stack].Outputs ?? {}).map(
        ({ Export, Value }) => [Export?.Name, { stack, value: Value }] as const,
      ),
    ),
  );
  const search = (stack: string, value: Json): Resource | undefined => {
    if (typeof value !== 'object' || value === null) return undefined;
    const imported = exported.get(value['Fn::ImportValue']);
    if (imported !== undefined) return search(imported.stack, imported.value);
    const id = value.Ref ?? value['Fn::GetAtt']?.[0];
    if (id !== undefined) return resources.find((one) => one.stack === stack && one.id === id);
    for (const part of Object.values<Json>(value)) {
      const found = search(stack, part);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    resources,
    ofType: (type) => resources.filter(({ Type }) => Type === type),
    follow(from, value) {
      const found = search(from.stack, value);
      if (found === undefined) throw new Error(`leads to no resource: ${JSON.stringify(value)}`);
      return found;
    },
  };
}
