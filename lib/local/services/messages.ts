/** What the supervisor sends to a child, and what comes back. Both only over the IPC channel. */

/** The first message a child gets. Over IPC and not in the environment: `ps e` shows that. */
export type StartMessage = { readonly type: 'start'; readonly settings: unknown };
/** Finish what is in hand, then exit. */
export type StopMessage = { readonly type: 'stop' };
/** Asks something of a running child; answered by one `answer` with the same id. */
export type AskMessage = { readonly type: 'ask'; readonly id: number; readonly question: string };
/** Answers one `question` with the same id. */
export type ReplyMessage = {
  readonly type: 'reply';
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
};
export type ToChild = StartMessage | StopMessage | AskMessage | ReplyMessage;

/** The child serves. `value` is what the others need to reach it. */
export type ReadyMessage = { readonly type: 'ready'; readonly value: unknown };
/** The child cannot serve, and says why in one line; it exits afterwards. */
export type FailedMessage = { readonly type: 'failed'; readonly code: string; readonly message: string };
export type AnswerMessage = {
  readonly type: 'answer';
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
};
/** Something an operator should see, in one line. */
export type NoticeMessage = { readonly type: 'notice'; readonly line: string };
/** Asks something of the supervisor; answered by one `reply` with the same id. */
export type QuestionMessage = { readonly type: 'question'; readonly id: number; readonly question: string };
export type FromChild = ReadyMessage | FailedMessage | AnswerMessage | NoticeMessage | QuestionMessage;
