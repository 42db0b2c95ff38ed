import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A file and what it must not import: a violation of every line of the table. */
const forbidden: readonly (readonly [file: string, from: string])[] = [
  ['functions/core/a.ts', '../adapters/x.ts'],
  ['functions/core/a.ts', './../adapters/x.ts'],
  ['functions/core/a.ts', '../../schema/tables.ts'],
  ['functions/core/a.ts', '../ingest/app.ts'],
  ['functions/core/a.ts', '../http/alb.ts'],
  ['functions/core/a.ts', 'hono'],
  ['functions/core/a.ts', 'node:fs'],
  ['functions/core/a.ts', 'node:timers/promises'],
  ['functions/core/a.ts', '@aws-sdk/client-kinesis'],
  ['schema/a.ts', 'pg'],
  ['schema/a.ts', '../functions/core/x.ts'],
  ['schema/wire/a.ts', '../tables.ts'],
  ['schema/wire/a.ts', '../../functions/core/x.ts'],
  ['functions/adapters/a.ts', '../ingest/app.ts'],
  ['functions/adapters/a.ts', '../http/alb.ts'],
  ['functions/adapters/a.ts', 'hono'],
  ['functions/adapters/postgres/a.ts', '../../writer/write.ts'],
  ['functions/adapters/a.ts', '../../lib/local/x.ts'],
  ['functions/http/a.ts', '../adapters/x.ts'],
  ['functions/http/a.ts', '../ingest/app.ts'],
  ['functions/http/a.ts', 'pg'],
  ['functions/ingest/app.ts', '../adapters/x.ts'],
  ['functions/ingest/app.ts', './wire.ts'],
  ['functions/ingest/app.ts', '../results/app.ts'],
  ['functions/ingest/app.ts', '../../schema/tables.ts'],
  ['functions/ingest/app.ts', '@aws-sdk/client-kinesis'],
  ['functions/ingest/app.ts', '@aws-lambda-powertools/metrics'],
  ['functions/ingest/handler.ts', '../adapters/x.ts'],
  ['functions/ingest/wire.ts', '../writer/write.ts'],
  ['functions/ingest/wire.ts', '@aws-sdk/client-kinesis'],
  ['functions/web/vote/a.ts', 'node:crypto'],
  ['functions/web/vote/a.ts', 'zod'],
  ['functions/web/vote/a.ts', '../../core/pass.ts'],
  ['functions/web/vote/a.ts', '../../adapters/x.ts'],
  ['functions/web/vote/a.ts', '../../http/responses.ts'],
  ['functions/web/vote/a.ts', '../../../schema/tables.ts'],
  ['functions/web/vote/a.ts', '../../../lib/web-pages.ts'],
  ['functions/ingest/a.ts', '../web/language/language.ts'],
  ['lib/stacks/a.ts', '../../functions/ingest/handler.ts'],
  ['lib/stacks/a.ts', '../../functions/ingest/wire.ts'],
  ['lib/stacks/a.ts', '../../functions/core/x.ts'],
  ['lib/stacks/a.ts', '../local/x.ts'],
  ['lib/constructs/a.ts', '@aws-sdk/client-kinesis'],
  ['lib/constructs/a.ts', '../../schema/wire/vote.ts'],
  ['lib/capacity.ts', './local/x.ts'],
  ['lib/capacity/a.ts', '../../schema/wire/record.ts'],
  ['lib/capacity/a.ts', '../../schema/tables.ts'],
  ['lib/local/a.ts', '../../functions/adapters/x.ts'],
  ['lib/local/a.ts', '../../functions/ingest/app.ts'],
  ['lib/local/services/a.ts', '../../../functions/adapters/x.ts'],
  ['lib/local/a.ts', '../stacks/x.ts'],
  ['lib/local/a.ts', 'aws-cdk-lib'],
  ['lib/local/a.ts', '../../load/x.ts'],
  ['lib/local/a.ts', '../../schema/tables.ts'],
  ['lib/prewarm/a.ts', 'aws-cdk-lib'],
  ['lib/prewarm/a.ts', '../stacks/x.ts'],
  ['lib/prewarm/a.ts', '../capacity/cost.ts'],
  ['lib/admin/a.ts', 'aws-cdk-lib'],
  ['lib/admin/a.ts', '../stacks/x.ts'],
  ['lib/admin/a.ts', '../../functions/ingest/app.ts'],
  ['lib/admin/a.ts', '../../schema/tables.ts'],
  ['lib/count/a.ts', '../stacks/x.ts'],
  ['lib/count/a.ts', '../../functions/writer/write.ts'],
  ['lib/count/a.ts', '../../functions/adapters/kinesis-stream.ts'],
  ['lib/export/a.ts', '../../schema/tables.ts'],
  ['lib/export/a.ts', 'aws-cdk-lib'],
  ['bin/a.ts', '../functions/core/x.ts'],
  ['bin/a.ts', '../load/replay.ts'],
  ['load/a.ts', '../functions/adapters/x.ts'],
  ['load/replay/a.ts', '../../functions/adapters/x.ts'],
  ['load/replay/a.ts', '../../functions/ingest/app.ts'],
  ['load/simulate/a.ts', '../../functions/adapters/x.ts'],
  ['load/simulate/a.ts', '../../functions/ingest/wire.ts'],
  ['load/simulate/a.ts', '../../functions/writer/handler.ts'],
  ['load/simulate/a.ts', '../../lib/stages.ts'],
  ['load/simulate/a.ts', '../../test/support/x.ts'],
  ['load/simulate/database/a.ts', '../../../functions/adapters/x.ts'],
  ['load/a.ts', '../functions/writer/write.ts'],
  ['load/a.ts', '../schema/tables.ts'],
  ['load/a.ts', '../lib/stacks/x.ts'],
  ['load/a.ts', '../test/support/x.ts'],
];

/** Their nearest neighbours that are none. */
const allowed: readonly (readonly [file: string, from: string])[] = [
  ['functions/core/b.ts', 'zod'],
  ['functions/core/b.ts', './x.ts'],
  ['functions/core/b.ts', '../../schema/wire/x.ts'],
  ['schema/b.ts', 'drizzle-orm/pg-core'],
  ['schema/b.ts', './wire/x.ts'],
  ['schema/wire/b.ts', 'zod'],
  ['functions/adapters/b.ts', '@aws-sdk/client-kinesis'],
  ['functions/adapters/b.ts', 'jose'],
  ['functions/adapters/b.ts', '../../schema/tables.ts'],
  ['functions/adapters/postgres/b.ts', 'pg'],
  ['functions/adapters/postgres/b.ts', '../x.ts'],
  ['functions/adapters/postgres/b.ts', '../../core/x.ts'],
  ['functions/adapters/postgres/b.ts', '../../../schema/tables.ts'],
  ['lib/prewarm/b.ts', '@aws-sdk/client-lambda'],
  ['lib/prewarm/b.ts', '@smithy/node-http-handler'],
  ['lib/prewarm/b.ts', '../capacity/quotas.ts'],
  ['lib/prewarm/b.ts', '../stages.ts'],
  ['functions/http/b.ts', 'hono'],
  ['functions/http/b.ts', '../core/x.ts'],
  ['functions/ingest/b.ts', 'hono'],
  ['functions/ingest/b.ts', '../core/x.ts'],
  ['functions/ingest/b.ts', '../http/x.ts'],
  ['functions/writer/b.ts', '@middy/core'],
  ['functions/web/vote/b.tsx', 'hono/jsx/dom'],
  ['functions/web/vote/b.ts', '@cloudflare/blindrsa-ts'],
  ['functions/web/vote/b.ts', '../page/mount-page.tsx'],
  ['functions/web/vote/b.ts', '../../core/canonical-ballot.ts'],
  ['functions/web/vote/b.ts', '../../../schema/wire/vote.ts'],
  ['functions/results/handler.ts', './wire.ts'],
  ['functions/results/wire.ts', '../adapters/postgres/x.ts'],
  ['functions/results/wire.ts', 'node:timers/promises'],
  ['lib/stages.ts', './capacity.ts'],
  ['lib/capacity/b.ts', '../../schema/wire/limits.ts'],
  ['lib/constructs/b.ts', '../../schema/wire/problem.ts'],
  ['lib/stacks/b.ts', 'aws-cdk-lib/aws-lambda'],
  ['lib/stacks/b.ts', '../constructs/x.ts'],
  ['lib/stacks/b.ts', '../stages.ts'],
  ['lib/constructs/b.ts', '../../functions/ingest/env.ts'],
  ['lib/constructs/b.ts', '../../functions/core/metrics.ts'],
  ['functions/adapters/b.ts', '@aws-lambda-powertools/metrics'],
  ['lib/local/b.ts', '../../functions/ingest/handler.ts'],
  ['lib/local/b.ts', '../../functions/core/x.ts'],
  ['lib/local/services/b.ts', '../../../functions/ingest/wire.ts'],
  ['lib/local/b.ts', 'kinesalite'],
  ['bin/b.ts', '../lib/local/x.ts'],
  ['bin/b.ts', 'aws-cdk-lib'],
  ['load/replay/b.ts', '../../functions/core/x.ts'],
  ['load/replay/b.ts', '../../lib/local/x.ts'],
  ['load/simulate/b.ts', '../../functions/ingest/group-commit.ts'],
  ['load/simulate/b.ts', '../../functions/writer/write.ts'],
  ['load/simulate/b.ts', '../../functions/http/alb.ts'],
  ['load/simulate/b.ts', '../../lib/local/x.ts'],
  ['load/simulate/b.ts', '../../lib/capacity.ts'],
  ['load/simulate/database/b.ts', '../../../functions/core/x.ts'],
  ['lib/count/b.ts', '../../functions/adapters/postgres/x.ts'],
  ['lib/count/b.ts', 'pg-logical-replication'],
  ['lib/export/b.ts', '../count/x.ts'],
  ['lib/export/b.ts', 'hyparquet-writer'],
  ['test/unit/b.ts', '../../functions/adapters/x.ts'],
];

/** One import a file that is not a plain `import … from`. */
const special = {
  'functions/core/random.ts': "import { randomBytes } from 'node:crypto';",
  'functions/core/hash.ts': "import { createHash } from 'node:crypto';",
  'functions/core/late.ts': "await import('../adapters/x.ts');",
  'functions/core/pass-on.ts': "export { name } from '../adapters/x.ts';",
  'functions/core/type-only.ts': "import type { Name } from '../adapters/x.ts';",
  'load/chicken.ts': "import { egg } from './egg.ts';\nexport const chicken = egg;",
  'load/egg.ts': "import { chicken } from './chicken.ts';\nexport const egg = chicken;",
};

const directory = mkdtempSync(join(tmpdir(), 'ballotstream-imports-'));
/** Every line that Biome refused, as `file: text`. */
let refused: ReadonlySet<string>;

beforeAll(() => {
  copyFileSync(join(root, '.biome.jsonc'), join(directory, '.biome.jsonc'));
  const sources = new Map<string, string[]>();
  for (const [file, from] of [...forbidden, ...allowed]) {
    sources.set(file, [...(sources.get(file) ?? []), statement(from)]);
  }
  for (const [file, text] of Object.entries(special)) sources.set(file, text.split('\n'));
  for (const [file, lines] of sources) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), lines.join('\n'));
  }
  refused = lint(sources);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const statement = (from: string) => `import { name } from '${from}';`;

function lint(sources: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const rules = ['--only=style/noRestrictedImports', '--only=suspicious/noImportCycles'];
  const args = ['lint', ...rules, '--reporter=json', '--max-diagnostics=none', '.'];
  const run = spawnSync(join(root, 'node_modules/.bin/biome'), args, { cwd: directory, encoding: 'utf8' });
  const report = reportSchema.parse(JSON.parse(run.stdout));
  return new Set(
    report.diagnostics.map(
      ({ location }) => `${location.path}: ${sources.get(location.path)?.[location.start.line - 1]}`,
    ),
  );
}

const reportSchema = z.object({
  diagnostics: z.array(
    z.object({ location: z.object({ path: z.string(), start: z.object({ line: z.number() }) }) }),
  ),
});

describe('who may import whom', () => {
  it.each(forbidden)('refuses %s importing %s', (file, from) => {
    expect(refused).toContain(`${file}: ${statement(from)}`);
  });

  it.each(allowed)('lets %s import %s', (file, from) => {
    expect(refused).not.toContain(`${file}: ${statement(from)}`);
  });

  it('lets core hash but not draw random numbers', () => {
    expect(refused).toContain(`functions/core/random.ts: ${special['functions/core/random.ts']}`);
    expect(refused).not.toContain(`functions/core/hash.ts: ${special['functions/core/hash.ts']}`);
  });

  it.each(['late', 'pass-on', 'type-only'] as const)('sees through the form of an import: %s', (form) => {
    const file = `functions/core/${form}.ts` as const;
    expect(refused).toContain(`${file}: ${special[file]}`);
  });

  it('refuses two files that import each other', () => {
    expect(refused).toContain("load/egg.ts: import { chicken } from './chicken.ts';");
  });
});
