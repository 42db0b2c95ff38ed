import type { ALBEvent } from 'aws-lambda';
import type { Election } from '../../functions/core/election.ts';
import { createAlbHandler } from '../../functions/http/alb.ts';
import { createIngestApp } from '../../functions/ingest/app.ts';
import { createGroupCommit } from '../../functions/ingest/group-commit.ts';
import { createLife, type Life } from './life.ts';
import type { QueueModel } from './queue.ts';
import { simVerifier } from './sim-election.ts';
import type { StreamModel } from './stream.ts';
import { describeError, noMetrics, type World } from './world.ts';
import { definitionsFor } from './writer-fleet.ts';

/** What a client gets; null: nothing, for whatever reason. */
export type Answer = { readonly status: number; readonly body: string } | null;

/** Posts JSON to a path. */
export type Post = (path: string, body: string) => Promise<Answer>;

export interface IngestFleet {
  readonly post: Post;
}

/** As long as a client waits: longer than ingest may take. */
const clientMsMax = 8_000;
/** The function's timeout is 5 s, and the promise stays below it; looking up a definition comes on top. */
const answerMsMax = 4_100;

interface Instance {
  readonly name: string;
  readonly life: Life;
  readonly handler: ReturnType<typeof createAlbHandler>;
}

/** The real ingest in several instances, one of which may be killed with requests in flight. */
export function createIngestFleet(
  world: World,
  election: Election,
  stream: StreamModel,
  queue: QueueModel,
  instancesCount: number,
): IngestFleet {
  const { time, random, faults, say, violate } = world;
  let created = 0;

  function create(): Instance {
    const life = createLife(time);
    const name = `ingest ${++created}`;
    const sink = createGroupCommit({
      stream: stream.portFor(life, name),
      overflow: queue.portFor(life, name),
      clock: life.clock,
      sleep: life.sleep,
      defer: life.defer,
      random: random.next,
      log: () => {},
      metrics: noMetrics,
      describeError,
    });
    const app = createIngestApp({
      definitions: definitionsFor(world, life, election),
      verifier: simVerifier,
      // Its elections have neither registered kiosks nor receipt keys.
      kiosks: { verify: () => ({ ok: false, fault: 'bad-kiosk-token' }) },
      receipts: { ready: async () => {}, sign: () => null },
      sink,
      clock: time.clock,
      log: (code, fields) => say(() => `${name}: ${code} ${JSON.stringify(fields ?? {})}`),
      metrics: noMetrics,
      build: 'simulation',
    });
    return { name, life, handler: createAlbHandler(app) };
  }
  const instances = Array.from({ length: instancesCount }, create);

  function kill(at: number): void {
    const instance = instances[at];
    if (instance === undefined || instance.life.isOver) return;
    say(() => `${instance.name}: killed`);
    instance.life.end();
    time.after(random.between(100, 1_000), () => {
      instances[at] = create();
    });
  }

  /** One call of the handler: every answer is looked at, also one that its client never sees. */
  async function call({ name, life, handler }: Instance, event: ALBEvent): Promise<Answer> {
    const startedAtMs = time.clock();
    let isAnswered = false;
    time.after(answerMsMax, () => {
      if (!isAnswered && !life.isOver) violate(`no answer: ${name} took longer than ${answerMsMax} ms`);
    });
    const { statusCode: status, body = '' } = await life.receive(handler(event));
    isAnswered = true;
    say(() => `${name}: ${status} after ${Math.round(time.clock() - startedAtMs)} ms`);
    if (status >= 500 && status !== 503) violate(`no answer: ${name} answered ${status}`);
    return { status, body };
  }

  return {
    post: (path, body) =>
      new Promise((resolve) => {
        time.after(clientMsMax, () => resolve(null));
        if (faults.bites('request-lost')) return;
        const isLost = faults.bites('answer-lost');
        time.after(random.between(1, 20), () => {
          const at = random.int(0, instances.length - 1);
          const instance = instances[at];
          // Nobody listens there: the connection is refused.
          if (instance === undefined || instance.life.isOver) return resolve(null);
          if (faults.bites('ingest-killed')) time.after(random.between(0, 200), () => kill(at));
          instance.life.onEnd(() => resolve(null));
          void call(instance, albEvent(path, body)).then((answer) => {
            if (!isLost) time.after(random.between(1, 20), () => resolve(answer));
          });
        });
      }),
  };
}

const albEvent = (path: string, body: string): ALBEvent => ({
  requestContext: {
    elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:0:targetgroup/ingest/0' },
  },
  httpMethod: 'POST',
  path,
  multiValueHeaders: { 'content-type': ['application/json'] },
  multiValueQueryStringParameters: {},
  body,
  isBase64Encoded: false,
});
