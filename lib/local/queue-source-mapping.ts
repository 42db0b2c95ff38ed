import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { invokeHandler, type LambdaHandler } from './lambda-invoke.ts';
import { localRegion } from './local-account.ts';
import { type BatchResponse, judgeQueueBatch, retryDelayMs } from './mapping-rules.ts';

/** SQS's own limit for one call. */
const messagesMax = 10;
/**
 * Short for a long poll: the stand-in does not wake a poller when a message that was in somebody's
 * hand becomes visible again, only the next call finds it.
 */
const pollSeconds = 2;
/** Lambda begins with five pollers as well. */
const pollersMax = 5;
const handlerMsMax = 60_000;
const deleteAttemptsMax = 3;

export type QueueSourceMappingOptions = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly handler: LambdaHandler<SQSEvent, BatchResponse>;
  /** For messages and the function's context. */
  readonly name: string;
  /** Everything that is tried again; `what` is `receive`, `batch` or `delete`. */
  readonly onError?: (what: string, error: unknown) => void;
};

export type QueuePosition = {
  /** Received and not yet done with. */
  readonly inHand: number;
  readonly visible: number;
  /** Received by somebody: by us, or by one who failed or died and let them lie. */
  readonly notVisible: number;
};

export type QueueSourceMapping = {
  position(): Promise<QueuePosition>;
  /** Finishes the batches in hand. */
  stop(): Promise<void>;
};

/**
 * Stands in for Lambda's event source mapping on a queue: one poller, and several while there is
 * a backlog. What the function did not name as failed is deleted; the rest shows up again when
 * its visibility timeout is over.
 */
export function startQueueSourceMapping(options: QueueSourceMappingOptions): QueueSourceMapping {
  const stopping = new AbortController();
  const { signal } = stopping;
  const receive = createReceiver(options, signal);
  const { deliver, inHand } = createDeliverer(options, signal);

  const helpUntilEmpty = async (): Promise<void> => {
    while (!signal.aborted) {
      const messages = await receive(0);
      if (messages.length === 0) return;
      await deliver(messages);
    }
  };

  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      const messages = await receive(pollSeconds);
      if (messages.length === 0) continue;
      const helpersCount = messages.length === messagesMax ? pollersMax - 1 : 0;
      const helpers = Array.from({ length: helpersCount }, helpUntilEmpty);
      await Promise.all([deliver(messages).then(helpUntilEmpty), ...helpers]);
    }
  };
  const polling = poll();

  return {
    async position() {
      const { Attributes: counts = {} } = await options.client.send(
        new GetQueueAttributesCommand({
          QueueUrl: options.queueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return {
        inHand: inHand(),
        visible: Number(counts['ApproximateNumberOfMessages'] ?? 0),
        notVisible: Number(counts['ApproximateNumberOfMessagesNotVisible'] ?? 0),
      };
    },
    async stop() {
      stopping.abort();
      await polling;
    },
  };
}

type Receive = (waitSeconds: number) => Promise<readonly Message[]>;

/** Receives what is there; nothing, after a pause, when the queue cannot be asked. */
function createReceiver(options: QueueSourceMappingOptions, signal: AbortSignal): Receive {
  let failures = 0;
  return async (waitSeconds) => {
    const input = {
      QueueUrl: options.queueUrl,
      MaxNumberOfMessages: messagesMax,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All' as const],
      MessageAttributeNames: ['All'],
    };
    try {
      const command = new ReceiveMessageCommand(input);
      const { Messages = [] } = await options.client.send(command, { abortSignal: signal });
      failures = 0;
      return Messages;
    } catch (error) {
      if (signal.aborted) return [];
      options.onError?.('receive', error);
      await pause(failures++, signal);
      return [];
    }
  };
}

/** Hands messages to the function and deletes those that it did not name as failed. */
function createDeliverer(options: QueueSourceMappingOptions, signal: AbortSignal) {
  let inHand = 0;
  let failures = 0;

  /** @returns whether every one of them is done */
  const attempt = async (messages: readonly Message[]): Promise<boolean> => {
    const records = messages.map((message) => toEventRecord(options.queueArn, message));
    const ids = records.map((record) => record.messageId);
    try {
      const response = await invokeHandler(options.name, options.handler, { Records: records }, handlerMsMax);
      const staying = judgeQueueBatch(ids, response);
      const leaving = messages.filter((_, position) => !staying.has(position));
      await remove(options, leaving);
      if (staying.size === 0) return true;
      options.onError?.('batch', new Error(`${staying.size} of ${messages.length} messages failed`));
    } catch (error) {
      options.onError?.('batch', error);
    }
    return false;
  };

  const deliver = async (messages: readonly Message[]): Promise<void> => {
    inHand += messages.length;
    if (await attempt(messages)) failures = 0;
    // They come again by themselves; the pause keeps us from running through the whole queue.
    else await pause(failures++, signal);
    inHand -= messages.length;
  };
  return { deliver, inHand: () => inHand };
}

function pause(failures: number, signal: AbortSignal): Promise<void> {
  return sleep(retryDelayMs(failures, Math.random()), undefined, { signal }).catch(() => {});
}

/** What could not be deleted comes again and is found to be recorded: worth a few tries, no more. */
async function remove(options: QueueSourceMappingOptions, messages: readonly Message[]): Promise<void> {
  let entries = messages.map((message, position) => ({
    Id: String(position),
    ReceiptHandle: message.ReceiptHandle ?? '',
  }));
  for (let attempt = 0; entries.length > 0 && attempt < deleteAttemptsMax; attempt += 1) {
    try {
      const command = new DeleteMessageBatchCommand({ QueueUrl: options.queueUrl, Entries: entries });
      const { Failed = [] } = await options.client.send(command);
      const failed = new Set(Failed.map((failure) => failure.Id));
      entries = entries.filter((entry) => failed.has(entry.Id));
    } catch (error) {
      options.onError?.('delete', error);
      await sleep(retryDelayMs(attempt, Math.random()));
    }
  }
}

/** As Lambda hands it to a function. */
function toEventRecord(queueArn: string, message: Message): SQSRecord {
  const attributes = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ApproximateReceiveCount: attributes.ApproximateReceiveCount ?? '1',
      SentTimestamp: attributes.SentTimestamp ?? '0',
      SenderId: attributes.SenderId ?? '',
      ApproximateFirstReceiveTimestamp: attributes.ApproximateFirstReceiveTimestamp ?? '0',
    },
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
        name,
        {
          dataType: value.DataType ?? 'String',
          ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
          ...(value.BinaryValue === undefined
            ? {}
            : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
        },
      ]),
    ),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: localRegion,
  };
}
