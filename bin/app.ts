import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createPipelineStacks } from '../lib/stacks/pipeline-stacks.ts';
import { findStage } from '../lib/stages.ts';

// npx cdk synth|deploy [-c stage=dev|peak] [-c build=…]
const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const context = (name: string, otherwise: string) => String(app.node.tryGetContext(name) ?? otherwise);
createPipelineStacks(app, findStage(context('stage', 'dev')), context('build', 'unnamed'));
