import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LocalError, type LocalErrorCode } from './local-error.ts';
import type { AnswerMessage, FromChild, QuestionMessage, ToChild } from './services/messages.ts';

/** Warm it takes 0.3 s; a cold disk on a busy machine may need many times that. */
const readyMsMax = 30_000;
/** A child finishes what is in hand within 30 s; see `run-service.ts`. */
const stopMsMax = 35_000;
const answerMsMax = 10_000;

/** Files of `services/`. `migrate` ends when it is done; the others serve. */
export type ServiceName = 'stream' | 'store' | 'edge' | 'writer' | 'migrate';

const childEnvironment = {
  // Compiled code is kept between starts: 40 ms and 18 MB less a process, most of it for TypeScript.
  // Not in a directory that other users can write to: it is code.
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/node-compile', import.meta.url)),
  // One heap for all threads of the C library: what native code frees is not kept once a thread.
  MALLOC_ARENA_MAX: '1',
  // The SDK is not to look into the developer's own settings.
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

export type ChildSpec = {
  readonly name: ServiceName;
  readonly settings: unknown;
  /** What the child prints goes here, appended. */
  readonly logFile: string;
  /** What to run: a bundle of it. By default its source. */
  readonly file?: string | undefined;
  /** Flags of Node, for memory. */
  readonly nodeFlags: readonly string[];
  readonly onNotice: (line: string) => void;
  /** Answers what the child asks; what it throws, the child gets to hear. */
  readonly onQuestion?: ((question: string) => Promise<unknown>) | undefined;
  /** Called as soon as there is a process, long before it is ready. */
  readonly onPid?: (pid: number) => void;
};

export type Child = {
  readonly name: ServiceName;
  readonly pid: number;
  /** What the child sent with `ready`. */
  readonly ready: unknown;
  /** Settles when it has ended, for whatever reason; never rejects. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Lets it finish what it has in hand, and kills it when that takes too long. */
  stop(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Rejects when the child is gone, cannot say, or does not answer in time (default 10 s). */
  ask(question: string, withinMs?: number): Promise<unknown>;
};

/**
 * Starts one of `services/` and waits until it serves.
 *
 * @throws LocalError the child's own, or `service-failed` when it ended or hung before that
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const log = openSync(spec.logFile, 'a', 0o600);
  const child = fork(spec.file ?? sourceOf(spec.name), [], {
    execArgv: [...spec.nodeFlags],
    env: { ...ownEnvironment(), ...childEnvironment },
    stdio: ['ignore', log, log, 'ipc'],
    serialization: 'json',
  });
  closeSync(log);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  if (child.pid !== undefined) spec.onPid?.(child.pid);
  const answers = new Map<number, (answer: AnswerMessage) => void>();
  const ready = await waitUntilReady(child, spec, ended, answers);
  if (child.pid === undefined) throw new LocalError('service-failed', `${spec.name} has no process`);
  return describeChild(child, child.pid, spec, ready, ended, answers);
}

const sourceOf = (name: ServiceName) => fileURLToPath(new URL(`./services/${name}.ts`, import.meta.url));

function waitUntilReady(
  child: ChildProcess,
  spec: ChildSpec,
  ended: Child['ended'],
  answers: Map<number, (answer: AnswerMessage) => void>,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new LocalError(
          'service-failed',
          `${spec.name} was not ready within ${readyMsMax / 1000} s (log: ${spec.logFile})`,
        ),
      );
    }, readyMsMax);
    const settle = (then: () => void) => {
      clearTimeout(timer);
      then();
    };
    child.on('message', (message: FromChild) => {
      switch (message.type) {
        case 'ready':
          settle(() => resolve(message.value));
          break;
        case 'failed':
          settle(() =>
            reject(new LocalError(message.code as LocalErrorCode, `${spec.name}: ${message.message}`)),
          );
          break;
        case 'answer':
          answers.get(message.id)?.(message);
          break;
        case 'notice':
          spec.onNotice(message.line);
          break;
        case 'question':
          void reply(child, spec, message);
          break;
      }
    });
    void ended.then(({ code, signal }) =>
      settle(() =>
        reject(
          new LocalError(
            'service-failed',
            `${spec.name} ended (${signal ?? code}) before it was ready: ${lastErrorLine(spec.logFile)} (log: ${spec.logFile})`,
          ),
        ),
      ),
    );
    send(child, { type: 'start', settings: spec.settings });
  });
}

async function reply(
  child: ChildProcess,
  { name, onQuestion }: ChildSpec,
  { id, question }: QuestionMessage,
): Promise<void> {
  try {
    if (onQuestion === undefined) throw new Error(`nobody answers ${name}`);
    send(child, { type: 'reply', id, value: await onQuestion(question) });
  } catch (error) {
    send(child, { type: 'reply', id, error: error instanceof Error ? error.message : String(error) });
  }
}

function describeChild(
  child: ChildProcess,
  pid: number,
  spec: ChildSpec,
  ready: unknown,
  ended: Child['ended'],
  answers: Map<number, (answer: AnswerMessage) => void>,
): Child {
  let asked = 0;
  return {
    name: spec.name,
    pid,
    ready,
    ended,
    async stop() {
      send(child, { type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
      await ended;
      clearTimeout(timer);
    },
    signal: (signal) => void child.kill(signal),
    ask(question, withinMs = answerMsMax) {
      const id = ++asked;
      return new Promise<unknown>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new LocalError('service-failed', `${spec.name} does not answer`)),
          withinMs,
        );
        const settle = () => {
          clearTimeout(timer);
          answers.delete(id);
        };
        answers.set(id, ({ value, error }) => {
          settle();
          if (error === undefined) resolve(value);
          else reject(new LocalError('service-failed', `${spec.name}: ${error}`));
        });
        void ended.then(() => {
          settle();
          reject(new LocalError('service-failed', `${spec.name} is gone`));
        });
        send(child, { type: 'ask', id, question });
      });
    },
  };
}

/** The caller's, without what could lead a function to a real account or another database. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|PG)/.test(name)));
}

/** A child that has just died has a closed channel; `ended` tells that. */
function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => {});
}

function lastErrorLine(logFile: string): string {
  try {
    const lines = readFileSync(logFile, 'utf8').trim().split('\n');
    return (lines.findLast((line) => /Error|error/.test(line)) ?? lines.at(-1) ?? '').trim();
  } catch {
    return '';
  }
}
