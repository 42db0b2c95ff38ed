import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openAws } from '../lib/prewarm/aws-prewarm.ts';
import { describeItems } from '../lib/prewarm/describe.ts';
import { prewarm } from '../lib/prewarm/prewarm.ts';
import { findStage } from '../lib/stages.ts';

const help = `Brings a deployed stage to its plan before voting opens, and says go or no-go, item by item.

  npm run prewarm -- --stage STAGE [options]

  --stage STAGE        dev, peak or emulator
  --check              only look: changes nothing, waits for nothing
  --timeout-minutes N  how long to wait for what was asked for (60)
  --every-seconds N    how long between two looks meanwhile (10)
  --json               one JSON object
  --help               this

It goes by AWS's own word, with the credentials of the environment, in the stage's region. It raises environments
kept ready (and the bounds of their scaling, which would take them back), shards (doubling at most at a time) and
the load balancer's reservation; it lowers nothing. What a quota does not allow is not asked for. "unknown" is what
AWS reports nowhere: it stops nothing, and is yours to judge. Ends with 0 for go, with 1 for no-go.
`;

const minutesMax = 24 * 60;
const secondsMin = 0.01;
const secondsMax = 600;

function readNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max)) {
    throw new TypeError(`--${option} ${text}: a number from ${min} to ${max}`);
  }
  return value;
}

function readArguments(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      stage: { type: 'string' },
      check: { type: 'boolean', default: false },
      'timeout-minutes': { type: 'string', default: '60' },
      'every-seconds': { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    ...values,
    timeoutMs: readNumber('timeout-minutes', values['timeout-minutes'], 0, minutesMax) * 60_000,
    pauseMs: readNumber('every-seconds', values['every-seconds'], secondsMin, secondsMax) * 1_000,
  };
}

async function main(args: readonly string[]): Promise<number> {
  const { stage: name, check, timeoutMs, pauseMs, json, help: wantsHelp } = readArguments(args);
  if (wantsHelp) {
    process.stdout.write(help);
    return 0;
  }
  if (name === undefined) throw new TypeError('--stage is missing: dev or peak');
  const result = await prewarm({
    aws: await openAws(findStage(name), Date.now),
    isCheck: check,
    timeoutMs,
    pauseMs,
    clock: Date.now,
    sleep,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(json ? `${JSON.stringify({ stage: name, ...result })}\n` : describeItems(result));
  return result.isGo ? 0 : 1;
}

// Nothing of ours is half done at any moment: what was asked for is AWS's.
process.once('SIGINT', () => {
  process.stderr.write('prewarm: stopped; what was asked for goes on in AWS\n');
  process.exit(1);
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`prewarm: ${message.split('\n')[0]}\n`);
  process.exitCode = 1;
}
