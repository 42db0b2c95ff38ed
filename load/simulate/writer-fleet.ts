import type { Context, KinesisStreamEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Election } from '../../functions/core/election.ts';
import { UnavailableError } from '../../functions/core/errors.ts';
import type { DefinitionSource, VoteStore } from '../../functions/core/ports.ts';
import { createWriter } from '../../functions/writer/write.ts';
import { createLife, type Life } from './life.ts';
import { describeError, noMetrics, type World } from './world.ts';

type Event = KinesisStreamEvent | SQSEvent;

interface Environment {
  readonly name: string;
  readonly life: Life;
  readonly handler: ReturnType<typeof createWriter>;
}

/** A function as its event sources call it. */
export type InvokeWriter = (event: Event) => Promise<SQSBatchResponse>;

/** The function's timeout: Lambda ends the environment of one that takes longer. */
const timeoutMs = 60_000;

/** The real writer, in as many environments as there are calls at a time, any of which may be killed at any await. */
export function createWriterFleet(
  world: World,
  election: Election,
  storeFor: (life: Life) => VoteStore,
): InvokeWriter {
  const { time, random, faults, say } = world;
  const idle: Environment[] = [];
  let created = 0;

  function create(): Environment {
    const life = createLife(time);
    const name = `writer ${++created}`;
    const handler = createWriter({
      definitions: definitionsFor(world, life, election),
      store: storeFor(life),
      clock: time.clock,
      log: (code, fields) => say(() => `${name}: ${code} ${JSON.stringify(fields ?? {})}`),
      metrics: noMetrics,
      describeError,
    });
    return { name, life, handler };
  }

  return (event) =>
    new Promise((resolve, reject) => {
      const environment = idle.pop() ?? create();
      const { name, life } = environment;
      let isDone = false;
      const kill = (why: string) => () => {
        if (life.isOver || isDone) return;
        say(() => `${name}: ${why}`);
        life.end();
      };
      life.onEnd(() => reject(new Error('the environment ended')));
      time.after(timeoutMs, kill('takes too long, ended'));
      if (faults.bites('writer-killed')) time.after(random.between(0, 60), kill('killed'));
      // Its caller gives up; the environment goes on with what it has, beside whoever gets the batch next.
      if (faults.bites('writer-left-running'))
        time.after(random.between(0, 60), () => reject(new Error('given up')));
      const isLost = faults.bites('writer-answer-lost');
      life.receive(environment.handler(event, {} as Context)).then(
        (response) => {
          isDone = true;
          idle.push(environment);
          if (isLost) reject(new Error('the answer is lost'));
          else resolve(response);
        },
        (error: unknown) => {
          isDone = true;
          idle.push(environment);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
}

/** Definitions as one process gets them: now and then the object store is away. */
export function definitionsFor({ faults, random }: World, life: Life, election: Election): DefinitionSource {
  const { election: id, version } = election.definition;
  let isLoaded = false;
  const ask = async (isKnown: boolean): Promise<Election | null> => {
    if (!isLoaded || !isKnown) {
      await life.sleep(random.between(1, 30));
      if (faults.bites('definitions-away')) throw new UnavailableError('the object store is away');
      isLoaded ||= isKnown;
    }
    return isKnown ? election : null;
  };
  return {
    get: (asked) => ask(asked === id),
    at: (asked, askedVersion) => ask(asked === id && askedVersion === version),
    loaded: () => [],
  };
}
