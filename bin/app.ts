import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readDeployment } from '../lib/deployment.ts';
import { createPipelineStacks } from '../lib/stacks/pipeline-stacks.ts';
import { findStage, onManagedInstances } from '../lib/stages.ts';

// npx cdk synth|deploy [-c stage=dev|peak] and what `readDeployment` names
const app = new App();
const context = (name: string): unknown => app.node.tryGetContext(name);
const stageName: unknown = context('stage') ?? 'dev';
const stage = findStage(String(stageName));
// What an emulator does without would be a finding each.
if (stage.name !== 'emulator') Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const deployment = readDeployment(context, Date.now());
createPipelineStacks(app, deployment.onManagedInstances ? onManagedInstances(stage) : stage, deployment);
