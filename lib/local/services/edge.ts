import { issuerPaths, resultsPaths } from '../../listener-paths.ts';
import { startHttpFront } from '../http-front.ts';
import { createOperatorTarget, operatorPath } from '../operator/answer-operator.ts';
import { openPages } from '../page-files.ts';
import { createRateLimits } from '../rate-limits.ts';
import { type FunctionEnvironment, withEnvironment } from './load-handler.ts';
import { runService } from './run-service.ts';

export type EdgeSettings = {
  /** 0: any free one. */
  readonly port: number;
  /** `databaseUrl` is that of the role `results`: ingest has no use for a database. */
  readonly functions: FunctionEnvironment;
  /** Of the voter roll, as `issuer`. */
  readonly rollUrl: string;
  /** Whether one address may ask only as much as at the edge. */
  readonly hasLimits: boolean;
  /** Where the built pages are, and what they may reach beside this front. */
  readonly pages: { readonly directory: string; readonly identityOrigins: readonly string[] };
};
export type EdgeReady = { readonly port: number };

runService(async (settings: EdgeSettings, _notice, askSupervisor) => {
  const { handler: results } = await withEnvironment(
    settings.functions,
    () => import('../../../functions/results/handler.ts'),
  );
  const { handler: ingest } = await withEnvironment(
    settings.functions,
    () => import('../../../functions/ingest/handler.ts'),
  );
  const { handler: issuer } = await withEnvironment(
    { ...settings.functions, databaseUrl: settings.rollUrl },
    () => import('../../../functions/issuer/handler.ts'),
  );
  const front = await startHttpFront({
    port: settings.port,
    pages: openPages(settings.pages.directory, settings.pages.identityOrigins),
    rules: [
      ...resultsPaths.map((pathPattern) => ({ name: 'results', pathPattern, target: results })),
      ...issuerPaths.map((pathPattern) => ({ name: 'issuer', pathPattern, target: issuer })),
      { name: 'operator', pathPattern: operatorPath, target: createOperatorTarget(askSupervisor) },
      { name: 'ingest', pathPattern: '*', target: ingest },
    ],
    ...(settings.hasLimits ? { limits: createRateLimits(() => performance.now()) } : {}),
    onHandlerError: (name, error) => console.error(name, error),
  });
  return {
    ready: { port: front.port } satisfies EdgeReady,
    stop: () => front.stop(),
    answer: (question) => (question === 'inFlight' ? front.inFlight() : undefined),
  };
});
