import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { z } from 'zod';
import type { Deployment } from '../../lib/deployment.ts';
import { createPipelineStacks } from '../../lib/stacks/pipeline-stacks.ts';
import type { Stage } from '../../lib/stages.ts';

/** Anything in a template's properties: what a test expects of it, the test says. */
// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of any shape
type Json = any;

const stackNames = ['Data', 'Service', 'Edge', 'Operations'] as const;
type StackName = (typeof stackNames)[number];

export interface Resource {
  readonly stack: StackName;
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
  /** What synthesis tells whoever deploys. */
  readonly notices: readonly string[];
  readonly terminationProtected: Readonly<Record<StackName, boolean>>;
}

/** What synthesis of one stage and deployment gives. */
interface Synthesised extends Pick<PipelineTemplate, 'findings' | 'notices' | 'terminationProtected'> {
  readonly templates: Readonly<Record<StackName, Json>>;
}

/** Of this process: the files that one worker runs share it, though not their modules. Two seconds each. */
const shared = globalThis as { synthesisedStages?: Map<string, Synthesised> };
shared.synthesisedStages ??= new Map();
const kept = shared.synthesisedStages;

/** Synthesises in process, each stage and deployment once; functions are not bundled. */
export function synthesise(
  stage: Stage,
  deployment: Deployment = { buildId: 'test', deployedAtMs: 1, onManagedInstances: false, forced: false },
): PipelineTemplate {
  const key = JSON.stringify([stage, deployment]);
  const synthesised = kept.get(key) ?? build(stage, deployment);
  kept.set(key, synthesised);
  // A copy: who plants a change must not plant it for others.
  const { templates, ...others } = structuredClone(synthesised);
  return { ...createGraph(templates), ...others };
}

function build(stage: Stage, deployment: Deployment): Synthesised {
  const outdir = mkdtempSync(join(tmpdir(), 'ballotstream-synth-'));
  try {
    const app = new App({ outdir, context: { ...readContext(), 'aws:cdk:bundling-stacks': [] } });
    const stacks = createPipelineStacks(app, stage, deployment);
    if (stacks.edge === null || stacks.operations === null) throw new Error('an emulator has no edge');
    const byName = {
      Data: stacks.data,
      Service: stacks.service,
      Edge: stacks.edge,
      Operations: stacks.operations,
    };
    const each = <Value>(read: (stack: Stack) => Value) =>
      Object.fromEntries(stackNames.map((name) => [name, read(byName[name])])) as Record<StackName, Value>;
    const templates = each((stack) => Template.fromStack(stack).toJSON());
    const findings = new AwsSolutionsChecks(app)
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
      );
    const notices = Object.values(byName).flatMap((stack) =>
      Annotations.fromStack(stack)
        .findInfo('*', Match.anyValue())
        .map(({ entry }) => JSON.stringify(entry.data)),
    );
    const terminationProtected = each((stack) => stack.terminationProtection ?? false);
    return { templates, findings, notices, terminationProtected };
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
  templates: Readonly<Record<StackName, Json>>,
): Pick<PipelineTemplate, 'resources' | 'ofType' | 'follow'> {
  const resources: Resource[] = stackNames.flatMap((stack) =>
    Object.entries<Json>(templates[stack].Resources ?? {}).map(([id, body]) => ({ stack, id, ...body })),
  );
  const exported = new Map<string, { stack: StackName; value: Json }>(
    stackNames.flatMap((stack) =>
      Object.values<Json>(templates[stack].Outputs ?? {})
        .filter(({ Export }) => Export !== undefined)
        .map(({ Export, Value }) => [Export.Name, { stack, value: Value }] as const),
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
