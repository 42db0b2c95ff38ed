import { LocalError } from '../local-error.ts';
import type { FromChild, ReplyMessage, ToChild } from './messages.ts';

/** How long a child may take to finish what it has in hand once it is alone or told to stop. */
const stopMsMax = 30_000;
/** For a question to the supervisor. */
const replyMsMax = 20_000;

export type RunningService<Ready> = {
  /** Sent to the supervisor: ports, mostly. */
  readonly ready: Ready;
  /** Finishes what is in hand. */
  stop(): Promise<void>;
  /** Called instead of `stop` when the supervisor died; by default `stop`. */
  orphaned?(): Promise<void>;
  /** Answers the supervisor's questions; what it throws, the supervisor gets to hear. */
  answer?(question: string): unknown;
};

/**
 * The life of a child process. It begins when the supervisor sends `start`, and ends when the
 * supervisor says `stop` or is gone: the IPC channel closes whatever way the supervisor died, so
 * no child outlives it.
 *
 * SIGINT, SIGTERM and SIGHUP are ignored: a terminal sends them to every process of its group,
 * but the order in which the parts stop is the supervisor's to choose.
 */
export function runService<Settings, Ready>(
  start: (
    settings: Settings,
    notice: (line: string) => void,
    askSupervisor: (question: string) => Promise<unknown>,
  ) => Promise<RunningService<Ready>>,
): void {
  if (process.send === undefined)
    throw new Error('a service is started by the supervisor (npm start), not by hand');
  // Whatever a part writes, with whose library ever, is for nobody else on this machine.
  process.umask(0o077);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  let running: RunningService<Ready> | undefined;
  let ending = false;
  const questions = createQuestions();

  const end = async (finish: (() => Promise<void>) | undefined) => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), stopMsMax).unref();
    await finish?.();
    process.exit(0);
  };

  process.on('disconnect', () => void end(running?.orphaned ?? running?.stop));
  process.on('message', (message: ToChild) => {
    switch (message.type) {
      case 'start':
        // Settings come from the same code base on the other side of the channel.
        start(message.settings as Settings, (line) => tell({ type: 'notice', line }), questions.ask).then(
          (service) => {
            running = service;
            tell({ type: 'ready', value: service.ready });
          },
          (error: unknown) => {
            console.error(error);
            const code = error instanceof LocalError ? error.code : 'service-failed';
            tell({ type: 'failed', code, message: error instanceof Error ? error.message : String(error) });
            void end(undefined);
          },
        );
        break;
      case 'ask':
        void answer(running, message.question).then((value) =>
          tell({ type: 'answer', id: message.id, ...value }),
        );
        break;
      case 'reply':
        questions.settle(message);
        break;
      case 'stop':
        void end(running?.stop);
        break;
    }
  });
}

/** Asked by this process of its supervisor. */
function createQuestions() {
  const open = new Map<number, (reply: ReplyMessage) => void>();
  let asked = 0;
  return {
    ask(question: string): Promise<unknown> {
      const id = ++asked;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          open.delete(id);
          reject(new Error('the supervisor does not answer'));
        }, replyMsMax);
        open.set(id, ({ value, error }) => {
          clearTimeout(timer);
          if (error === undefined) resolve(value);
          else reject(new Error(error));
        });
        tell({ type: 'question', id, question });
      });
    },
    settle(reply: ReplyMessage): void {
      open.get(reply.id)?.(reply);
      open.delete(reply.id);
    },
  };
}

async function answer(
  running: RunningService<unknown> | undefined,
  question: string,
): Promise<{ value: unknown } | { error: string }> {
  try {
    return { value: await running?.answer?.(question) };
  } catch (error) {
    return { error: String(error) };
  }
}

/** The supervisor may be gone already; then there is nobody to tell. */
function tell(message: FromChild): void {
  if (process.connected) process.send?.(message, () => {});
}
