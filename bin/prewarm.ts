import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openAws } from '../lib/prewarm/aws-prewarm.ts';
import { describeItems } from '../lib/prewarm/describe.ts';
import { prewarm } from '../lib/prewarm/prewarm.ts';
import { findStage } from '../lib/stages.ts';

const help = `Brings a deployed stage to its plan before voting opens, and says go or no-go, item by item.

  npm run prewarm -- --stage STAGE [options]

  --stage STAGE        dev or peak
  --check              only look: changes nothing, waits for nothing
  --timeout-minutes N  how long to wait for what was asked for (60)
  --json               one JSON object
  --help               this

It goes by AWS's own word, with the credentials and the region of the environment. It raises environments
kept ready (through the bounds of their scaling), shards (doubling at most at a time) and the load balancer's
reservation; it lowers nothing. Ends with 0 for go, with 1 for no-go.
`;

const minutesMax = 24 * 60;
const pauseMs = 10_000;

function readArguments(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      stage: { type: 'string' },
      check: { type: 'boolean', default: false },
      'timeout-minutes': { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const minutes = Number(values['timeout-minutes']);
  if (!Number.isFinite(minutes) || minutes < 0 || minutes > minutesMax) {
    throw new TypeError(`--timeout-minutes ${values['timeout-minutes']}: a number from 0 to ${minutesMax}`);
  }
  return { ...values, minutes };
}

async function main(args: readonly string[]): Promise<number> {
  const { stage: name, check, minutes, json, help: wantsHelp } = readArguments(args);
  if (wantsHelp) {
    process.stdout.write(help);
    return 0;
  }
  if (name === undefined) throw new TypeError('--stage is missing');
  const stage = findStage(name);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  const result = await prewarm({
    stage,
    aws: await openAws(stage, Date.now),
    isCheck: check,
    timeoutMs: minutes * 60_000,
    pauseMs,
    clock: Date.now,
    sleep: (ms) => sleep(ms, undefined, { signal: stopping.signal }),
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(json ? `${JSON.stringify({ stage: name, ...result })}\n` : describeItems(result));
  return result.isGo ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const what = error instanceof Error ? error : new Error(String(error));
  const message =
    what.name === 'AbortError'
      ? 'stopped; what was asked for goes on in AWS'
      : (what.message.split('\n')[0] ?? '');
  process.stderr.write(`prewarm: ${message}\n`);
  process.exitCode = 1;
}
